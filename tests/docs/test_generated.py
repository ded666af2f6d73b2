"""The docs agree with the code: pages are up to date, nothing is left out, nothing is named that is not there."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from rollbook.cli import rollbook
from rollbook.core import schema
from rollbook.core.issues import CATALOGUE
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations import declared
from rollbook.sources import layouts
from rollbook.sources.kinds import KINDS
from scripts.generate_docs import REFERENCE, anchor, commands, pages

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), REPOSITORY / "bench/README.md"])
HAND_WRITTEN = [page for page in PAGES if not page.is_relative_to(REPOSITORY / REFERENCE)]
COMMANDS = dict(commands(rollbook))

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
ANCHOR = re.compile(r"<a id=\"([^\"]+)\">")


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def _reference(page: str) -> str:
    return (REPOSITORY / REFERENCE / page).read_text("utf-8")


@pytest.mark.parametrize("path", pages())
def test_the_generated_pages_are_up_to_date(path: str) -> None:
    """`make docs` has been run since the code changed."""
    assert (REPOSITORY / path).read_text("utf-8") == pages()[path]


def test_there_is_no_page_of_something_that_is_gone() -> None:
    """Every page of the reference is written by `make docs`."""
    assert {_name(page) for page in (REPOSITORY / REFERENCE).rglob("*.md")} == set(pages())


# Nothing is left out ---------------------------------------------------------------------------------


def test_every_issue_code_has_an_entry() -> None:
    """Whoever gets a finding can look it up."""
    page = _reference("issues.md")
    assert [kind.code for kind in CATALOGUE if f'<a id="{kind.code}"></a>' not in page] == []


def test_every_setting_has_an_entry() -> None:
    """Whatever can be set is told."""
    page = _reference("settings.md")
    assert [
        o.name for o in declared.OPTIONS if f"| `{o.name}{'…' if o.name.endswith('.') else ''}` |" not in page
    ] == []


def test_every_environment_variable_has_an_entry() -> None:
    """What settings.py reads from the environment is told on the operator's page."""
    code = (REPOSITORY / "src/rollbook/settings.py").read_text("utf-8")
    names = set(re.findall(r"_(?:setting|secret|choice)\(\"(\w+)\"", code))
    page = (REPOSITORY / "docs/operate.md").read_text("utf-8")
    assert names
    assert {name for name in names if f"| `{name}` |" not in page} == set()


def test_every_command_and_option_has_an_entry() -> None:
    """The page of commands has each of them, and all of its options."""
    page = _reference("cli.md")
    for path, command in COMMANDS.items():
        section = page.split(f"## {' '.join(path)}\n")[1].split("\n## ")[0]
        assert {name for name in _options(command) if name.startswith("--") and f"`{name}" not in section} == {"--help"}


def test_every_layout_code_model_and_field_has_an_entry() -> None:
    """Each layout has its page, each code model its section, each field its row."""
    index, codes, fields = _reference("layouts/README.md"), _reference("codes.md"), _reference("schema.md")
    assert [name for name in layouts.names() if f"]({name}.md)" not in index] == []
    assert [name for name in CODE_MODELS if f"(`{name}`)\n" not in codes] == []
    for entity in schema.ENTITIES:
        section = fields.split(f"## {entity.name}\n")[1].split("\n## ")[0]
        assert [field.name for field in entity.fields if f"| `{field.name}` |" not in section] == []


def test_every_decision_is_listed() -> None:
    """The list of decisions has all of them."""
    folder = REPOSITORY / "docs/decisions"
    listed = (folder / "README.md").read_text("utf-8")
    assert [page.name for page in folder.glob("0*.md") if f"]({page.name})" not in listed] == []


# Nothing is named that is not there ------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links name a file that is there, and a heading that is in it."""
    text = FENCE.sub("", page.read_text("utf-8"))
    lost = []
    for link in (one or other for one, other in LINK.findall(text)):
        path, _, place = link.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = (page.parent / path) if path else page
        if not target.exists() or (place and target.suffix == ".md" and place not in _places(target)):
            lost.append(link)
    assert lost == []


@cache
def _places(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text("utf-8"))
    return {anchor(ANCHOR.sub("", heading).replace("</a>", "")) for heading in HEADING.findall(text)} | set(
        ANCHOR.findall(text)
    )


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=_name)
def test_no_page_names_a_command_or_option_that_is_not_there(page: Path) -> None:
    """What a reader copies from a page is understood by the command line."""
    assert [said for said in _said_commands(page.read_text("utf-8")) if not _is_understood(said)] == []


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=_name)
def test_no_page_names_a_target_of_make_that_is_not_there(page: Path) -> None:
    """`make X` is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(said) - targets == set()


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=_name)
def test_no_page_names_a_file_that_is_not_there(page: Path) -> None:
    """A path of the project, from its top, from src/rollbook or from the page itself, leads to a file."""
    said = re.findall(r"`([a-z_]+(?:/[\w.-]+)*/(?:[\w-]+\.(?:py|sh|md|toml|lock))?)`", page.read_text("utf-8"))
    roots = (REPOSITORY, REPOSITORY / "src/rollbook", page.parent)
    made = (
        "inbox/",
        "outbox/",
        "parts/",
        "runs/",
        "uploads/",
        "journal/",
        "history/",
        "photos/",
        "keys/",
        "rows/",
        "records/",
        "plan/",
        "report/",
        "export/",
        "error-rows/",
        "var/",
    )
    assert [path for path in said if not path.startswith(made) and not any((r / path).exists() for r in roots)] == []


def _said_commands(text: str) -> list[list[str]]:
    """The words after `rollbook`, wherever a page has it as code."""
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()[1:-1]]
    spans = re.findall(r"`([^`]+)`", FENCE.sub("", text))
    found = []
    for code in (*lines, *(" ".join(span.split()) for span in spans)):
        if said := re.search(r"(?:^|[\s/])rollbook ((?:--debug )?[a-z].*)", code.removeprefix("$ ")):
            words = shlex.split(said.group(1).split("  #")[0].split(" #")[0], comments=False)
            found.append(words[1:] if words[0] == "--debug" else words)
    return [words for words in found if _is_code(words[0])]


def _is_code(word: str) -> bool:
    return bool(re.fullmatch(r"[a-z]+", word))


def _is_understood(words: list[str]) -> bool:
    """The command exists, and has every option."""
    for length in (2, 1):
        command = COMMANDS.get(("rollbook", *words[:length]))
        if command is not None:
            given = {word.split("=")[0] for word in words[length:] if re.match(r"--?[a-z]", word)}
            return given <= _options(command) and all(_can_be_set(word) for word in words[length:])
    return len(words) == 1 and any(path[1] == words[0] for path in COMMANDS)


def _options(command: click.Command) -> set[str]:
    return {"--help"} | {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


def _can_be_set(word: str) -> bool:
    """`setting=value` names a setting or, of `rollbook edit`, a field."""
    name, separator, _ = word.partition("=")
    known = {o.name for o in declared.OPTIONS} | {field.name for _, field in schema.all_fields()}
    known |= {setting.name for kind in KINDS.values() for setting in kind.settings}
    families = tuple(name for name in known | {o.name for o in declared.OPTIONS} if name.endswith("."))
    return not separator or name.startswith((*families, "--")) or name in known or name.isupper()
