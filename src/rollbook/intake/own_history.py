"""
What an account has sent, as its sender can read it: `history/received-2026-11.csv`, one file for each month.

Written when a sender looks, for the last thirteen months. Everybody's times are UTC.
"""

import csv
import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from django.utils import timezone

from rollbook.intake import store
from rollbook.intake.models import Account, Delivery, ReceivedFile

COLUMNS = ("received", "file", "bytes", "sha256", "state", "delivery", "program")
KEPT = timedelta(days=396)

_Row = tuple[str, ...]


def write(account: Account) -> None:
    """Bring the history of an account up to date."""
    folder = store.folder_of(account).history
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = set()
    for month, rows in groupby(_rows(account), lambda row: row[0][:7]):
        path = folder / f"received-{month}.csv"
        _write(path, list(rows))
        written.add(path)
    for path in set(folder.iterdir()) - written:
        path.unlink(missing_ok=True)


def _rows(account: Account) -> Iterator[_Row]:
    deliveries = _deliveries(account)
    ended = ReceivedFile.objects.filter(account=account, ended__gte=timezone.now() - KEPT).order_by("ended", "pk")
    for row in ended.iterator():
        assert row.ended is not None
        delivery = deliveries.get((row.path, row.sha256), "")
        when = f"{row.ended:%Y-%m-%dT%H:%M:%SZ}"
        yield when, row.path, str(row.size), row.sha256, row.get_state_display(), delivery, row.client


def _deliveries(account: Account) -> dict[tuple[str, str], str]:
    """Path and checksum -> the last delivery that had this file."""
    found = Delivery.objects.filter(account=account, closed__gte=timezone.now() - KEPT).order_by("pk")
    return {(file["path"], file["sha256"]): str(pk) for pk, files in found.values_list("pk", "files") for file in files}


def _write(path: Path, rows: list[_Row]) -> None:
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    with draft.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(COLUMNS)
        table.writerows(rows)
    draft.chmod(0o600)
    draft.replace(path)
