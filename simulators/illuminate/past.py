"""Rows that have ended stay in their list until the year is over, with the day on which they ended."""

from datetime import date

from simulators.illuminate.world import Row, Table

KEYS = {
    "Students": ("local_student_id",),
    "Enrollment": ("local_student_id", "site_id", "entry_date"),
    "Rosters": ("local_student_id", "section_id", "entry_date"),
}


class Past:
    """What was there on earlier nights."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[Row, Row]] = {name: {} for name in KEYS}

    def add(self, tables: dict[str, Table], today: date) -> None:
        """Put the rows that are gone since earlier nights back into the tables, with the day on which they went."""
        for name, keys in KEYS.items():
            table, seen = tables[name], self._seen[name]
            places, leave = [table.place(key) for key in keys], table.place("leave_date")
            now = {tuple(row[place] for place in places): row for row in table.rows}
            for key in seen.keys() - now.keys():
                row = seen[key]
                if row[leave] is None:
                    row = (*row[:leave], today.isoformat(), *row[leave + 1 :])
                now[key] = row
            table.rows = list(now.values())
            self._seen[name] = now
