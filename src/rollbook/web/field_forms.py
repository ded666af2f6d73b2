"""The form of the field mapping: each roster field and what it is read from."""

from collections.abc import Sequence
from typing import Any

from django import forms

from rollbook.integrations.fields import EntityRows, FieldRow
from rollbook.web.forms import PlainForm

_COLUMN = "+"  # before the name of a column, so that blank stays free for the suggestion


class FieldsForm(PlainForm):
    """A choice for every field that can be read from elsewhere; those that are left out have a button instead."""

    def __init__(self, entities: Sequence[EntityRows], *args: Any) -> None:
        super().__init__(*args)
        self.entities = entities
        self.open = {row.target: row for one in entities for row in one.rows if not (row.is_fixed or row.is_left_out)}
        for target, row in self.open.items():
            self.fields[target] = forms.ChoiceField(
                label=f"{row.of.name.replace('_', ' ')} is read from", choices=_choices(row), required=False
            )
            self.initial[target] = _COLUMN + row.own if row.own else ""
        for one in entities:
            free = [(row.of.name, row.of.name.replace("_", " ").capitalize()) for row in one.free]
            columns = sorted({column for row in one.free for column in row.columns}, key=str.casefold)
            self.fields[_add(one)] = forms.ChoiceField(label="Roster field", choices=[("", "–"), *free], required=False)
            self.fields[_from(one)] = forms.ChoiceField(
                label="Read from", choices=[("", "–"), *((c, c) for c in columns)], required=False
            )

    def clean(self) -> dict[str, Any]:
        """
        A field that is added is read from something that it can be read from.

        Raises:
            ValidationError: By way of `add_error`.
        """
        cleaned = super().clean() or {}
        for one in self.entities:
            name, column = cleaned.get(_add(one)), cleaned.get(_from(one))
            if column and not name:
                self.add_error(_add(one), "Choose the field.")
            row = next((row for row in one.free if row.of.name == name), None)
            if row and column not in row.columns:
                self.add_error(_from(one), f"Choose what it is read from: a column that holds a {row.of.kind.value}.")
        return cleaned

    def chosen(self) -> dict[str, str | None]:
        """`entity.field` -> column, None = as suggested; of what is otherwise than before."""
        found: dict[str, str | None] = {}
        for target, row in self.open.items():
            if target in self.data and (made := _meant(self.cleaned_data[target])) != row.own:
                found[target] = made
        for one in self.entities:
            if name := self.cleaned_data.get(_add(one)):
                found[f"{one.entity.name}.{name}"] = self.cleaned_data[_from(one)]
        return found

    def sections(self) -> list[dict[str, Any]]:
        """For the page: each entity with its rows, those that are left out, and what could be added."""
        return [
            {
                "entity": one.entity.name,
                "rows": [{"row": row, "field": self[row.target] if row.target in self.open else None} for row in kept],
                "left_out": [row for row in one.rows if row.is_left_out],
                "add": self[_add(one)] if one.free else None,
                "from": self[_from(one)],
            }
            for one in self.entities
            for kept in [[row for row in one.rows if not row.is_left_out]]
        ]


def _add(one: EntityRows) -> str:
    return f"add-{one.entity.name}"


def _from(one: EntityRows) -> str:
    return f"from-{one.entity.name}"


def _choices(row: FieldRow) -> list[tuple[str, Any]]:
    suggested = "; ".join(dict.fromkeys(read.text for read in row.suggestion)) or "nothing"
    own = [(_COLUMN + row.own, row.own)] if row.own and row.own not in row.columns else []
    others = [(_COLUMN + column, column) for column in row.columns]
    return [("", f"{suggested} (suggested)"), *own, ("Other columns", others)]


def _meant(choice: str) -> str | None:
    return choice.removeprefix(_COLUMN) or None
