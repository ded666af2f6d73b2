"""`rollbook delivery`: what a specialist says of deliveries on the command line."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from rollbook.cli.deliveries import delivery
from rollbook.cli.senders import sftp_account
from rollbook.core.errors import RollbookError
from rollbook.intake import deliveries, marks
from rollbook.intake.models import Account
from tests.intake.test_deliveries import account, carried, later, only, send
from tests.journeys.support import hub

pytestmark = pytest.mark.django_db
__all__ = ["account", "hub"]


def said(*args: str) -> Result:
    """What `rollbook delivery ARGS` does in this process."""
    return CliRunner().invoke(delivery, args)


def test_sent_makes_a_delivery(account: Account) -> None:
    """What lies in the inbox is a delivery at once, and the command says which."""
    send(account)
    text = said("sent", "northfield").output
    assert f"Made delivery {only(account).pk} of" in text
    assert only(account).marks.get().by == "the command line"


def test_sent_tells_of_a_missing_sheet(account: Account) -> None:
    """Whoever says so learns that it was not all."""
    send(account, without="users.csv")
    assert "It waits: a sheet is missing." in said("sent", "northfield").output


def test_a_delivery_can_be_shown_before_it_is_answered(account: Account) -> None:
    """What was just made can be looked at; its result says that it is not there yet."""
    send(account)
    said("take", "northfield")
    assert "Result: not yet: it waits for its run" in said("show", str(only(account).pk)).output


def test_verified_on_the_command_line(account: Account) -> None:
    """The word is kept; an unknown number is refused."""
    send(account)
    deliveries.look(later())
    number = carried(only(account)).pk
    assert f"Delivery {number} is marked as verified." in said("verified", str(number)).output
    assert marks.verified(account)
    assert isinstance(said("verified", "999").exception, RollbookError)


def test_receipts_go_where_they_are_wanted(account: Account) -> None:
    """Addresses are set, shown, and taken away with a blank one."""
    runner = CliRunner()
    runner.invoke(sftp_account, ["set", "northfield", "--receipt-to", "sis@northfield.example"])
    shown = runner.invoke(sftp_account, ["show", "northfield"]).output
    runner.invoke(sftp_account, ["set", "northfield", "--receipt-to", ""])
    account.refresh_from_db()
    assert ("sis@northfield.example" in shown, account.receipt_addresses) == (True, [])
