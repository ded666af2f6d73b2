"""
The roster as Rollbook's own sheets: everything it holds about what is active.

Households are not among them: the family rule of the integration that reads the sheets makes them.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

import polars as pl

from rollbook.core.layout import Layout
from rollbook.roster.export.inverse import Inverse, joined, unchanged
from rollbook.roster.export.rows import Roster
from rollbook.sources import layouts

_ROLE = ("user", "org", "role", "role_type", "begin_date", "end_date", "academic_session")
_FURTHER = _ROLE[3:]


class Hub:
    """The sheets of one roster."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster

    @property
    def layout(self) -> Layout:
        """The layout that is read backwards."""
        return layouts.load("hub_v1")

    def sheets(self) -> Iterator[tuple[str, Iterator[pl.DataFrame]]]:
        """Name and rows of each file."""
        for sheet in self.layout.sheets:
            if sheet.name == "people":
                yield sheet.name, self._people()
            elif sheet.name == "roles":
                yield sheet.name, Inverse(sheet, "role", self._unsaid).frames(self.roster)
            else:
                change = self._unknown_origins if sheet.name == "memberships" else unchanged
                yield sheet.name, Inverse(sheet, sheet.rules[0].entity, change, extra=_extra).frames(self.roster)

    def closing(self, written: Sequence[str]) -> None:
        """Nothing but the sheets."""

    def _people(self) -> Iterator[pl.DataFrame]:
        sheet = self.layout.sheet("people")
        born = Inverse(sheet, "demographics")
        own = frozenset(born.bound) - {"person_id"}
        made = own | {"role", "org_id"}
        known = self.roster.frame("demographics", born.fields)
        demographics = born.rows(known, [], self.roster.notes, wanted=("person_id", *own)).unique(
            "person_id", keep="first", maintain_order=True
        )
        self.roster.notes.add("demographics are left out: their person has others.", known.height - demographics.height)

        def change(users: pl.DataFrame) -> pl.DataFrame:
            """What is said of a person elsewhere, in the person's row."""
            with_birth = users.join(demographics, left_on="id", right_on="person_id", how="left", maintain_order="left")
            people = with_birth.join(self._main, left_on="id", right_on="user", how="left", maintain_order="left")
            here = pl.when(pl.col("primary_org").is_not_null()).then(pl.concat_list("primary_org"))
            orgs = people.select(pl.coalesce("orgs", here))["orgs"]
            return people.with_columns(joined(orgs, ";", "users: org_id", self.roster.notes).alias("org_id"))

        return Inverse(sheet, "user", change, made, _extra).frames(self.roster)

    @cached_property
    def _roles(self) -> pl.DataFrame:
        return self.roster.frame("role", _ROLE)

    @cached_property
    def _main(self) -> pl.DataFrame:
        """
        What a person's own row says: `user`, `role`, and `orgs` (list), the primary one first.

        Only for people who are something at their primary organisation; of several things the one whose type is
        primary, else the first by name.
        """
        primary = self.roster.frame("user", ["primary_org"]).rename({"id": "user"})
        roles = self._roles.join(primary, on="user", how="inner").with_columns(
            _here=pl.col("org") == pl.col("primary_org")
        )
        first = (
            roles.filter("_here")
            .sort("user", "role_type", "role", nulls_last=True)
            .unique("user", keep="first", maintain_order=True)
        )
        same = roles.join(first.select("user", "role"), on=["user", "role"], how="semi")
        ordered = same.sort("user", ~pl.col("_here"), "org")
        return ordered.group_by("user", "role", maintain_order=True).agg(
            pl.col("org").unique(maintain_order=True).alias("orgs")
        )

    def _unsaid(self, roles: pl.DataFrame) -> pl.DataFrame:
        """The roles that say more than the row of their person does."""
        in_row = roles.filter(pl.all_horizontal(pl.col(name).is_null() for name in _FURTHER))
        said = in_row.join(self._main, on=["user", "role"], how="semi")
        return roles.join(said, on="id", how="anti")

    def _unknown_origins(self, memberships: pl.DataFrame) -> pl.DataFrame:
        others = memberships.select(pl.col("origin").ne_missing("feed").sum()).item()
        self.roster.notes.add("memberships come from a rule or were made by hand, which the sheets cannot say.", others)
        return memberships


def _extra(name: str) -> str:
    """The layout keeps further columns whose name begins with `x_`."""
    return name if name.startswith("x_") else f"x_{name}"
