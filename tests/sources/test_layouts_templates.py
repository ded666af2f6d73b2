"""Templates and reference pages say what the layouts read."""

import csv
from pathlib import Path

import pytest

from rollbook.core.errors import SettingsError
from rollbook.core.layout import Layout
from rollbook.sources import layouts
from rollbook.sources.templates import GUIDE, docs_pages, layout_page, write_template

REPOSITORY = Path(__file__).parents[2]
WITH_SHEETS = [pytest.param(layout, id=layout.name) for layout in layouts.all_layouts() if layout.sheets]


@pytest.mark.parametrize("layout", WITH_SHEETS)
def test_a_template_is_recognised_as_its_own_layout(layout: Layout, tmp_path: Path) -> None:
    """Whoever fills the template sends what the hub expects, to the last column."""
    received = []
    for path in write_template(layout, tmp_path):
        if path.name != GUIDE:
            with path.open(encoding="utf-8", newline="") as file:
                received.append((path.stem, tuple(next(csv.reader(file, delimiter=layout.delimiter)))))
    name, score = layouts.recognise(received)[0]
    assert name == layout.name
    assert score == pytest.approx(1.0)


def test_a_template_never_asks_for_a_password(tmp_path: Path) -> None:
    """What is never read is not asked for."""
    write_template(layouts.load("clever"), tmp_path)
    assert "Password" not in (tmp_path / "students.csv").read_text("utf-8")


def test_a_template_has_the_file_type_of_its_publisher(tmp_path: Path) -> None:
    """Finalsite's sheets are tab-delimited text, with the ImportID on the left."""
    write_template(layouts.load("finalsite_open"), tmp_path)
    assert (tmp_path / "fs_student.txt").read_text("utf-8").startswith("ImportID\tUsername\t")


def test_the_guide_names_columns_codes_and_fields() -> None:
    """A person who fills a sheet finds what a column means, which codes it takes and where it goes."""
    page = layout_page(layouts.load("hub_v1"))
    assert "| `gender` |  | Gender. | `female` | [gender](#gender) | `demographics.sex` |" in page
    assert "### gender\n\nGender." in page
    assert "`female` Female" in page


def test_sheets_of_ones_own_have_no_template(tmp_path: Path) -> None:
    """There is nothing to write for the layout that a school writes itself."""
    with pytest.raises(SettingsError, match=r"docs/layouts\.md"):
        write_template(layouts.load("custom"), tmp_path)


@pytest.mark.parametrize("path", docs_pages())
def test_the_reference_pages_are_up_to_date(path: str) -> None:
    """`make docs` has been run since a layout or a vocabulary changed."""
    assert (REPOSITORY / path).read_text("utf-8") == docs_pages()[path]


def test_the_example_of_the_docs_is_a_layout() -> None:
    """What docs/layouts.md shows can be read."""
    example = (REPOSITORY / "docs" / "layouts.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]
    assert layouts.load_text(example).entities() == {"user", "role", "demographics", "org", "class", "enrollment"}
