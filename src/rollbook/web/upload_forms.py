"""Forms of an upload: which sheet each file is, and which column each header means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms

from rollbook.core.layout import EXTRA, Layout, SheetLayout, normal_name
from rollbook.intake.manual.choosing import DATE_ORDERS, Choices, SheetChoice, column_for, likely
from rollbook.intake.manual.looking import Look, Looks, is_unread, samples, shown
from rollbook.sources import layouts
from rollbook.web.forms import PlainForm

_LEAVE_OUT = ("", "Leave it out")
_LAST_ROW = 1_000
_ORDERS = {"": "As its layout says", "dmy": "Day, month, year", "mdy": "Month, day, year", "ymd": "Year, month, day"}


@dataclass(frozen=True)
class Part:
    """One sheet of an upload, as a page shows it."""

    look: Look
    sheet: forms.BoundField
    row: forms.BoundField
    rows: list[tuple[str, ...]]


class SheetsForm(PlainForm):
    """For each sheet of an upload: what it is, and in which row its header stands."""

    def __init__(self, looks: Looks, layout: Layout | None, choices: Choices, is_open: bool, *args: Any) -> None:
        super().__init__(*args)
        self.looks, self.layout, self.before = looks, layout, choices
        if is_open:
            scored = sorted(layouts.all_layouts(), key=lambda one: -looks.scores.get(one.name, 0))
            named = [(one.name, one.title) for one in scored if one.sheets]
            self.fields["layout"] = forms.ChoiceField(
                label="Layout",
                choices=named,
                initial=choices.layout,
                help_text="The set that they belong to.",
            )
        sheets = [(sheet.name, sheet.name) for sheet in layout.sheets] if layout else []
        for number, look in enumerate(looks.sheets):
            chosen = choices.sheets[look.file].sheet
            self.fields[f"sheet-{number}"] = forms.ChoiceField(
                label=f"{look.file} is", choices=[_LEAVE_OUT, *sheets], initial=chosen, required=False
            )
            self.fields[f"row-{number}"] = forms.IntegerField(
                label=f"Row of the header in {look.file}",
                min_value=0,
                max_value=_LAST_ROW,
                initial=look.header_row,
                disabled=look.kind == "fixed",
            )

    def parts(self) -> Iterator[Part]:
        """For the page."""
        for number, look in enumerate(self.looks.sheets):
            name = self.before.sheets[look.file].sheet
            sheet = self.layout.sheet(name) if self.layout and name else None
            yield Part(look, self[f"sheet-{number}"], self[f"row-{number}"], list(shown(look, sheet)))

    def chosen(self) -> Choices:
        """The choices, with what was chosen here; a sheet that looks otherwise now is recognised anew."""
        layout = self.cleaned_data.get("layout", self.before.layout)
        sheets = {}
        for number, look in enumerate(self.looks.sheets):
            before, row = self.before.sheets[look.file], self.cleaned_data[f"row-{number}"]
            name: str | None = self.cleaned_data[f"sheet-{number}"]
            moved = row != look.header_row
            if layout != self.before.layout or (moved and name == before.sheet):
                name = None
            kept = before.columns if name == before.sheet and not moved else {}
            sheets[look.file] = SheetChoice(name, row if moved else before.header_row, kept)
        return replace(self.before, layout=layout, sheets=sheets)


@dataclass(frozen=True)
class Header:
    """One column of a file, as a page shows it; without a field when it is never read."""

    name: str
    samples: list[str]
    field: forms.BoundField | None
    is_guessed: bool


@dataclass(frozen=True)
class Matching:
    """The columns of one sheet: those of the file, and what of the layout is not there."""

    look: Look
    sheet: SheetLayout
    headers: list[Header]
    found: int
    missing: list[str]
    absent: list[str]
    ignored: int


class ColumnsForm(PlainForm):
    """For each header of the sheets that are read: the column that it means. Then how dates are written."""

    dates = forms.ChoiceField(
        label="Dates like 03/04/2027", choices=list(_ORDERS.items()), required=False, widget=forms.RadioSelect
    )
    full = forms.BooleanField(
        label="This is the full set",
        required=False,
        help_text="Without this, an upload only adds and changes: it ends nobody, whatever the files hold.",
    )

    def __init__(self, looks: Looks, layout: Layout, choices: Choices, *args: Any) -> None:
        super().__init__(*args)
        self.choices = choices
        self.initial.update(dates=choices.date_order, full=choices.is_full)
        self.guessed: set[str] = set()
        self.sheets: list[tuple[Look, SheetLayout]] = []
        for look in looks.sheets:
            if name := choices.sheets[look.file].sheet:
                self._add(look, layout.sheet(name), choices.sheets[look.file])

    def _add(self, look: Look, sheet: SheetLayout, choice: SheetChoice) -> None:
        number = len(self.sheets)
        self.sheets.append((look, sheet))
        known = [(c.name, f"{c.name} *" if c.required else c.name) for c in sheet.columns if not c.drop]
        means = {h: column_for(sheet, choice, h) for h in look.header if not is_unread(h, sheet)}
        free = {c.name for c in sheet.columns} - set(means.values())
        taken: set[str] = set()
        for header, name in self._names(number):
            further = [(EXTRA, "Keep as a further field")] if sheet.is_extra(header) else []
            self.fields[name] = forms.ChoiceField(
                label=f"{header} is", choices=[("", "Ignore"), *further, *known], required=False
            )
            column = means[header]
            is_new = header not in choice.columns and normal_name(header) not in sheet.headers
            if not column and is_new and (guess := likely(sheet, header)) in free - taken:
                column = guess
                self.guessed.add(name)
            self.initial[name] = "" if column in taken and column != EXTRA else column
            taken.add(column)

    def _names(self, number: int) -> Iterator[tuple[str, str]]:
        """Header and name of its field."""
        look, sheet = self.sheets[number]
        for place, header in enumerate(look.header):
            if not is_unread(header, sheet):
                yield header, f"c-{number}-{place}"

    def clean(self) -> dict[str, Any]:
        """
        Every required column is there, none is there twice, and files of one sheet agree.

        Raises:
            ValidationError: By way of `add_error`.
        """
        cleaned = super().clean() or {}
        said: dict[tuple[str, str], str] = {}
        for number, (look, sheet) in enumerate(self.sheets):
            seen: dict[str, str] = {}
            for header, name in self._names(number):
                column = cleaned.get(name, "")
                if column and column != EXTRA and column in seen:
                    self.add_error(name, f"{column} is {seen[column]} already.")
                seen.setdefault(column, header)
                if said.setdefault((sheet.name, header), column) != column:
                    self.add_error(name, "Another file of this sheet has this column too, as something else.")
            if missing := [column for column in sheet.required_columns if column not in seen]:
                self.add_error(None, f"{look.file} lacks {', '.join(missing)}, which every row of {sheet.name} needs.")
        return cleaned

    def chosen(self) -> Choices:
        """The choices, with what was chosen here."""
        sheets = dict(self.choices.sheets)
        for number, (look, _) in enumerate(self.sheets):
            columns = {header: self.cleaned_data[name] for header, name in self._names(number)}
            sheets[look.file] = replace(sheets[look.file], columns=columns)
        order = self.cleaned_data["dates"]
        return replace(
            self.choices,
            sheets=sheets,
            date_order=order if order in DATE_ORDERS else "",
            is_full=self.cleaned_data["full"],
        )

    def matchings(self) -> Iterator[Matching]:
        """For the page."""
        for number, (look, sheet) in enumerate(self.sheets):
            fields, found = dict(self._names(number)), samples(look, sheet)
            means = [str(self[name].value() or "") for name in fields.values()]
            present = {value for value in means if value}
            wanted = [c for c in sheet.columns if not c.drop and c.name not in present]
            yield Matching(
                look=look,
                sheet=sheet,
                headers=[
                    Header(header, values, self[name] if name else None, name in self.guessed and not self.is_bound)
                    for header, values in zip(look.header, found, strict=True)
                    for name in [fields.get(header, "")]
                ],
                found=len(present - {EXTRA}),
                missing=[c.name for c in wanted if c.required],
                absent=[c.name for c in wanted if not c.required],
                ignored=means.count(""),
            )
