"""rollbook delivery list, show, sent, take, verified: what senders have delivered, and what became of it."""

import json
from typing import TYPE_CHECKING, Any

import click

from rollbook.cli.support import print_table, say, the_account, with_database

if TYPE_CHECKING:
    from rollbook.intake.models import Delivery

_BECAME = {
    "waiting": "The next worker carries it.",
    "incomplete": "It waits: a sheet is missing.",
    "refused": "It was refused.",
    "unchanged": "It is the same as the one before, so there is nothing to do.",
}
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def delivery() -> None:
    """See what schools have delivered."""


@delivery.command(name="list")
@click.argument("login", required=False)
@click.option("--limit", default=20, show_default=True, help="The latest so many.")
@_json
def list_(login: str | None, limit: int, as_json: bool) -> None:
    """List the latest deliveries, of all accounts or of LOGIN."""
    with_database()
    from rollbook.intake.models import Delivery

    found = Delivery.objects.select_related("account__integration__tenant")
    if login:
        found = found.filter(account=the_account(login))
    facts = [_facts(one) for one in found[:limit]]
    if as_json:
        say(json.dumps(facts, ensure_ascii=False))
        return
    if not facts:
        say("No delivery yet. One is made some minutes after the last file of an account has come.")
        return
    columns = ("delivery", "account", "integration", "closed", "files", "result", "run")
    print_table(columns, [{**one, "files": len(one["files"]), "run": one["run"] or ""} for one in facts])


@delivery.command()
@click.argument("number", type=int)
@_json
def show(number: int, as_json: bool) -> None:
    """Show the delivery NUMBER as its sender reads it."""
    with_database()
    from rollbook.intake import receipts

    found = _the_delivery(number)
    if as_json:
        say(json.dumps(_facts(found), ensure_ascii=False))
    else:
        say(receipts.text(found).rstrip("\n"))


@delivery.command()
@click.argument("login")
def take(login: str) -> None:
    """
    Take what lies in the inbox of LOGIN now.

    Nobody waits for a quiet time then, nor for sheets that are missing: what is not whole ends nobody.
    """
    with_database()
    from rollbook.intake import deliveries, marks

    _say_made(deliveries.take(the_account(login), marks.COMMAND_LINE))


@delivery.command()
@click.argument("login")
def sent(login: str) -> None:
    """
    Say that LOGIN has sent all files.

    Nobody waits for a quiet time then, as if the marker file had come. A sheet that is missing is still waited for.
    """
    with_database()
    from rollbook.intake import deliveries, marks

    _say_made(deliveries.end(the_account(login), marks.COMMAND_LINE))


@delivery.command()
@click.argument("number", type=int)
def verified(number: int) -> None:
    """Say that what the run of delivery NUMBER found is right."""
    with_database()
    from rollbook.intake import marks

    marks.verify(_the_delivery(number), marks.COMMAND_LINE)
    say(f"Delivery {number} is marked as verified.")


def _the_delivery(number: int) -> "Delivery":
    from rollbook.core.errors import SettingsError
    from rollbook.intake.models import Delivery

    found = Delivery.objects.select_related("account__integration__tenant", "run").filter(pk=number).first()
    if found is None:
        raise SettingsError(f"There is no delivery {number}. See: rollbook delivery list")
    return found


def _say_made(delivery: "Delivery") -> None:
    say(f"Made delivery {delivery.pk} of {len(delivery.files)} files. {_BECAME[delivery.state]}")
    say(f"See what becomes of it: rollbook delivery show {delivery.pk}")


def _facts(delivery: "Delivery") -> dict[str, Any]:
    return {
        "delivery": delivery.pk,
        "account": delivery.account.login,
        "integration": delivery.account.integration.name,
        "tenant": delivery.account.integration.tenant.slug,
        "closed": delivery.closed.isoformat(timespec="minutes"),
        "ended_by": delivery.ended_by,
        "result": delivery.state,
        "missing": delivery.missing,
        "error": delivery.error,
        "files": delivery.files,
        "run": delivery.run_id,
        "receipt": delivery.receipt,
    }
