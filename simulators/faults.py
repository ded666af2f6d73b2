"""
What senders get wrong, planted on purpose, with a list of where.

The truth that a test compares a hub's findings with: each fault that was planted
is one or more `Planted`, with the file and the line a person would look at.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from simulators.dice import Dice
from simulators.model import District
from simulators.table import Sheet


@dataclass(frozen=True, slots=True)
class Planted:
    """
    One fault in one place.

    `line` counts from the header, which is 1; 0 is the file as a whole. `value`
    is what was planted, `key` the id of the row as it was before, `other_line`
    the row that a duplicate repeats, and `falls` how many rows of other files
    name the key in a column of their own, so that they cannot stand without it.
    """

    fault: str
    file: str
    line: int
    column: str = ""
    value: str = ""
    key: str = ""
    other_line: int = 0
    falls: int = 0


@dataclass(frozen=True)
class Fault:
    """`summary` says what is planted; a layout without such a column is left alone."""

    summary: str
    plant: Callable[["_Ground", str], None]


class _Ground:
    """The sheets while faults are planted; nobody gets two, so one fault cannot hide another."""

    def __init__(self, sheets: Sequence[Sheet], district: District) -> None:
        self.sheets, self.district = sheets, district
        self.dice = Dice(district.seed, "faults", district.night)
        self.used: set[str] = set()
        self.planted: list[Planted] = []

    def sheet(self, *meanings: str, holds: str = "") -> Sheet | None:
        """The longest sheet with such columns."""
        able = [one for one in self.sheets if set(meanings) <= set(one.meaning) and holds in ("", one.holds)]
        return max(able, key=lambda one: len(one.rows), default=None)

    def row(self, sheet: Sheet, *filled: str) -> int | None:
        """A row of its own: values in the named columns, an id that is there once, and nobody hit before."""
        once = Counter(row[sheet.column("id")] for row in sheet.rows) if "id" in sheet.meaning else None
        able = [
            place
            for place, row in enumerate(sheet.rows)
            if len(row) == len(sheet.header)
            and all(row[sheet.column(one)] for one in filled)
            and not self._keys(sheet, row) & self.used
            and (once is None or once[row[sheet.column("id")]] == 1)
        ]
        if not able:
            return None
        chosen = self.dice.pick(able)
        self.used |= self._keys(sheet, sheet.rows[chosen])
        return chosen

    def falls(self, key: str, kind: str) -> int:
        return sum(row[one.column(kind)] == key for one in self.sheets if kind in one.meaning for row in one.rows)

    def _keys(self, sheet: Sheet, row: list[str]) -> set[str]:
        return {row[sheet.column(one)] for one in ("id", "person", "class_") if one in sheet.meaning}


def plant(sheets: Sequence[Sheet], district: District, names: Collection[str]) -> list[Planted]:
    """Plant the named faults in the sheets and say where; a layout without the column for a fault is spared it."""
    ground = _Ground(sheets, district)
    for name, fault in FAULTS.items():
        if name in names:
            fault.plant(ground, name)
    return ground.planted


def _cell(meaning: str, value: str, holds: str = "", kind: str = "") -> Callable[[_Ground, str], None]:
    """A fault that is another value in one cell; with a `kind`, the rows that name the id fall with it."""

    def fault(ground: _Ground, name: str) -> None:
        sheet = ground.sheet(meaning, holds=holds)
        place = ground.row(sheet, meaning) if sheet else None
        if sheet is None or place is None:
            return
        row = sheet.rows[place]
        key = row[sheet.column("id" if "id" in sheet.meaning else "person")]
        falls = ground.falls(key, kind) if kind else 0
        row[sheet.column(meaning)] = value
        ground.planted.append(Planted(name, sheet.name, place + 2, sheet.meaning[meaning], value, key, falls=falls))

    return fault


def _class(meaning: str) -> Callable[[_Ground, str], None]:
    """Blank a required cell in the fullest class that is still whole."""

    def fault(ground: _Ground, name: str) -> None:
        sheet = ground.sheet("id", "title", holds="class")
        if sheet is None:
            return
        size = Counter(
            row[one.column("class_")] for one in ground.sheets if "class_" in one.meaning for row in one.rows
        )
        whole = [place for place, row in enumerate(sheet.rows) if row[sheet.column("id")] not in ground.used]
        place = max(whole, key=lambda one: size[sheet.rows[one][sheet.column("id")]])
        key = sheet.rows[place][sheet.column("id")]
        ground.used.add(key)
        sheet.rows[place][sheet.column(meaning)] = ""
        ground.planted.append(Planted(name, sheet.name, place + 2, sheet.meaning[meaning], "", key, falls=size[key]))

    return fault


def _copy(given: str, family: str) -> Callable[[_Ground, str], None]:
    """Append a person's row once more, under another name unless the names are blank."""

    def fault(ground: _Ground, name: str) -> None:
        sheet = ground.sheet("id", "given", "family", holds="person")
        place = ground.row(sheet) if sheet else None
        if sheet is None or place is None:
            return
        row = list(sheet.rows[place])
        if given:
            row[sheet.column("given")], row[sheet.column("family")] = given, family
        sheet.rows.append(row)
        shown, key = f"{row[sheet.column('given')]} {row[sheet.column('family')]}", row[sheet.column("id")]
        falls = ground.falls(key, "person") if given else 0
        ground.planted.append(
            Planted(
                name,
                sheet.name,
                len(sheet.rows) + 1,
                sheet.meaning["id"],
                shown,
                key,
                other_line=place + 2,
                falls=falls,
            )
        )

    return fault


def _short_row(ground: _Ground, name: str) -> None:
    sheet = ground.sheet("id", "family", holds="person")
    place = ground.row(sheet) if sheet else None
    if sheet is None or place is None:
        return
    row, kept = sheet.rows[place], len(sheet.header) // 2
    key = row[sheet.column("id")]
    sheet.rows[place] = row[:kept]
    ground.planted.append(
        Planted(name, sheet.name, place + 2, value=f"{kept} cells", key=key, falls=ground.falls(key, "person"))
    )


def _shared_email(ground: _Ground, name: str) -> None:
    """The two guardians of one family, twins first; in a layout without guardians, two students of a family."""
    sheet = ground.sheet("id", "email", holds="person")
    while sheet is not None:
        lines = {row[sheet.column("id")]: place for place, row in enumerate(sheet.rows) if row[sheet.column("email")]}
        for first, second in _pairs(ground.district):
            if first in lines and second in lines and not {first, second} & ground.used:
                ground.used |= {first, second}
                _share(ground, name, sheet, lines[first], second)
                return
        longer = len(sheet.rows)
        shorter = [one for one in ground.sheets if {"id", "email"} <= set(one.meaning) and len(one.rows) < longer]
        sheet = max(shorter, key=lambda one: len(one.rows), default=None)


def _share(ground: _Ground, name: str, sheet: Sheet, first: int, second: str) -> None:
    email = sheet.rows[first][sheet.column("email")]
    for place, row in enumerate(sheet.rows):
        if row[sheet.column("id")] == second:
            row[sheet.column("email")] = email
            ground.planted.append(
                Planted(name, sheet.name, place + 2, sheet.meaning["email"], email, second, other_line=first + 2)
            )


def _pairs(district: District) -> list[tuple[str, str]]:
    """Pairs of people of one family: guardians of twins, other guardians, then students with the same first contact."""
    contacts = district.contacts()
    families: dict[str, list[str]] = {}
    for student, relationships in contacts.items():
        families.setdefault(relationships[0].contact_id, []).append(student)
    twins = {
        one
        for students in families.values()
        for one in students
        if any(
            district.people[one].birth_date == district.people[other].birth_date for other in students if other != one
        )
    }
    both = [(student, (rows[0].contact_id, rows[1].contact_id)) for student, rows in contacts.items() if len(rows) > 1]
    guardians = [pair for student, pair in sorted(both, key=lambda one: one[0] not in twins)]
    return guardians + [(students[0], students[1]) for students in families.values() if len(students) > 1]


def _password_column(ground: _Ground, name: str) -> None:
    """A column that nobody asked for; where the layout has one that should stay blank, that one is filled."""
    sheet = ground.sheet("id", "family", holds="person")
    if sheet is None:
        return
    own = next((place for place, title in enumerate(sheet.header) if title.casefold() == "password"), None)
    if own is None:
        sheet.header.append("Password")
    for place, row in enumerate(sheet.rows):
        secret = f"Made-Up-{place:04}!"
        if own is None and len(row) == len(sheet.header) - 1:
            row.append(secret)
        elif own is not None and own < len(row):
            row[own] = secret
    ground.planted.append(
        Planted(name, sheet.name, 0, "Password" if own is None else sheet.header[own], "Made-Up-0000!")
    )


def _cp1252(ground: _Ground, name: str) -> None:
    """Class titles have accents, but no letter that cp1252 lacks: the file is saved without loss."""
    sheet = ground.sheet("id", "title", holds="class")
    if sheet is not None:
        sheet.encoding = "cp1252"
        ground.planted.append(Planted(name, sheet.name, 0))


def _odd_header(ground: _Ground, name: str) -> None:
    sheet = ground.sheet("class_", holds="enrollment")
    if sheet is not None:
        sheet.encoding = "utf-8-sig"
        sheet.header[0] = sheet.header[0].upper()
        sheet.header[1] += "\N{ZERO WIDTH SPACE}"
        ground.planted.append(Planted(name, sheet.name, 1, sheet.header[0], "BOM, upper case, zero width space"))


def _header_only(ground: _Ground, name: str) -> None:
    sheet = ground.sheet("class_", holds="enrollment")
    if sheet is not None:
        sheet.rows.clear()
        ground.planted.append(Planted(name, sheet.name, 0))


# In the order in which they are planted: rows that take others down first, whole files last.
FAULTS = {
    "blank_class_id": Fault("the fullest class has no id: all its enrollments point at nothing", _class("id")),
    "class_without_title": Fault(
        "the next fullest class has no title, so it and its enrollments fall", _class("title")
    ),
    "dangling_class": Fault("an enrollment names a class that no file has", _cell("class_", "NO-SUCH-CLASS-404")),
    "blank_family_name": Fault("a person has no family name", _cell("family", "", kind="person")),
    "impossible_date": Fault("a date that no calendar has", _cell("date", "2011-02-30")),
    "unknown_grade": Fault("a grade in words of the sender's own", _cell("grade", "13th")),
    "unknown_role": Fault("a role in words of the sender's own", _cell("role", "pupil")),
    "bad_email": Fault("an e-mail address with no @", _cell("email", "no.address at inbox.example", holds="person")),
    "formula_name": Fault(
        "a given name that a spreadsheet would run", _cell("given", '=HYPERLINK("http://x.example")')
    ),
    "shared_email": Fault("both guardians of a family have one address", _shared_email),
    "conflicting_duplicate": Fault("an id comes twice, for two different names", _copy("Marisol", "Thornbury")),
    "repeat_row": Fault("a row comes twice, to the letter", _copy("", "")),
    "short_row": Fault("the second half of a row is missing", _short_row),
    "password_column": Fault("a filled password column in the sheet of people", _password_column),
    "cp1252": Fault("the sheet of classes is saved as cp1252", _cp1252),
    "odd_header": Fault(
        "the header of the enrollments has a BOM, another case and an invisible character", _odd_header
    ),
    "header_only": Fault("the sheet of enrollments has a header and no rows", _header_only),
}

# Those that leave the rest of the files readable: what `--broken` plants.
BROKEN = frozenset(FAULTS) - {"header_only"}
