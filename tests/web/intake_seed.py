"""What a sender of Northfield has delivered, written straight to the database and the folders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rollbook.intake import accounts, receipts, store, taking
from rollbook.intake.models import Account, Delivery, ReceivedFile
from rollbook.integrations.models import Integration
from rollbook.runs.models import Run

EVENING = datetime(2026, 11, 19, 22, 40, tzinfo=UTC)
SHEETS = {"orgs.csv": b"sourcedId,name\nNHS,Northfield High\n", "users.csv": b"sourcedId,familyName\nS1,Okafor\n"}


def sender(integration: Integration, login: str) -> Account:
    """An account that has logged in."""
    account, _ = accounts.add(integration, login)
    account.last_login = EVENING
    account.save()
    return account


def delivered(account: Account, run: Run | None, state: Delivery.State, **more: object) -> Delivery:
    """A delivery of two sheets, copied and answered; its files lie in the inbox still."""
    made = Delivery(account=account, run=run, state=state, closed=EVENING + timedelta(minutes=5), ended_by="quiet")
    files = [received(account, path, content) for path, content in SHEETS.items()]
    made.files = [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in files]
    for name, value in more.items():
        setattr(made, name, value)
    made.save()
    taking.copy(account, files, taking.folder(made))
    for file in files:
        file.state, file.delivery = ReceivedFile.State.TAKEN, made
        file.save()
    receipts.write(made, EVENING + timedelta(minutes=6))
    return made


def lying(account: Account) -> ReceivedFile:
    """A file that no delivery has taken yet."""
    return received(account, "enrollments.csv", b"sourcedId,userSourcedId\nE1,S1\n")


def received(account: Account, path: str, content: bytes) -> ReceivedFile:
    """A file that has come whole."""
    draft = store.prepare(account).root / "draft"
    draft.write_bytes(content)
    file = store.accept(account, path, draft, client="WinSCP 6.3")
    ReceivedFile.objects.filter(upload=file.upload).update(began=EVENING, ended=EVENING + timedelta(seconds=1))
    return ReceivedFile.objects.get(upload=file.upload)
