"""When each record last changed, and the records that are gone."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from simulators.nights import FIRST_NIGHT
from simulators.oneroster.dialect import Record


class History:
    """
    The records of a server over the nights.

    A record keeps its `dateLastModified` until it changes. One that is gone stays in its list as `tobedeleted`, as
    the standard asks, unless the server forgets.

    Args:
        modified: How `dateLastModified` is written; see `dialect.OPTIONS`.

        keeps_removed: Otherwise what is gone is missing from the next night on.
    """

    def __init__(self, modified: str, keeps_removed: bool) -> None:
        self._modified, self._keeps_removed = modified, keeps_removed
        self._known: dict[str, dict[str, Record]] = {}

    def pass_to(self, night: int, collections: Mapping[str, list[Record]]) -> dict[str, list[Record]]:
        """Each list as the server has it tonight, in the order of `sourcedId`."""
        for name, records in collections.items():
            self._known[name] = self._tonight(night, self._known.get(name, {}), records)
        return {name: [found[key] for key in sorted(found)] for name, found in self._known.items()}

    def _tonight(self, night: int, before: dict[str, Record], records: list[Record]) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for bare in records:
            key = bare["sourcedId"]
            now = self._stamped(bare, "active", night)
            found[key] = before[key] if key in before and self._is_same(before[key], now) else now
        if self._keeps_removed:
            for key, gone in before.items():
                if key not in found:
                    is_news = gone["status"] == "active"
                    found[key] = self._stamped(gone, "tobedeleted", night) if is_news else gone
        return found

    def _stamped(self, record: Record, status: str, night: int) -> Record:
        """With the fields that every object has first, and the moment of the change."""
        base: Record = {"sourcedId": record["sourcedId"], "status": status}
        if self._modified != "missing":
            base["dateLastModified"] = self._moment(night, record["sourcedId"])
        return base | {name: value for name, value in record.items() if name not in ("status", "dateLastModified")}

    def _is_same(self, before: Record, now: Record) -> bool:
        if self._modified == "today":
            return False
        return (
            before == {**now, "dateLastModified": before["dateLastModified"]}
            if "dateLastModified" in now
            else (before == now)
        )

    def _moment(self, night: int, key: str) -> str:
        """Within two hours after two o'clock of a night; always the same for the same record and night."""
        moment = datetime.combine(FIRST_NIGHT, time(2), UTC) + timedelta(
            days=night, milliseconds=zlib.crc32(key.encode()) % 7_200_000
        )
        if self._modified == "date":
            return moment.date().isoformat()
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
