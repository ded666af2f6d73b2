"""rollbook sftp-account handover, handovers, withdraw: links by which one person gets the credentials, once."""

import json
from typing import TYPE_CHECKING, Any

import click

from rollbook.cli.support import print_table, say, the_account, with_database

if TYPE_CHECKING:
    from rollbook.intake.models import Handover


@click.command()
@click.argument("login")
@click.option("--to", "address", required=True, help="E-mail address of the recipient; nobody else can open the link.")
@click.option("--name", default="", help="Their name.")
@click.option("--show", is_flag=True, help="Show link and code, to be passed on, instead of mailing them.")
def handover(login: str, address: str, name: str, show: bool) -> None:
    """
    Hand the credentials of the account LOGIN to one person.

    The link works once, for 7 days. One that was made before ends.
    """
    with_database()
    from rollbook.intake import handover, history

    link, code = handover.make(
        the_account(login), address, name, by=history.COMMAND_LINE, by_mail=False if show else None
    )
    if not link:
        say(f"The link was mailed to {address}. It works once, for 7 days.")
        return
    say(f"Link: {link}\nCode: {code}\nThey are shown this once. Pass them on in two different ways.")
    if "://" not in link:
        say("The hub does not know its own address (BASE_URL): put it in front of the link.")


@click.command()
@click.argument("login")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def handovers(login: str, as_json: bool) -> None:
    """List the links to the credentials of the account LOGIN, and what became of them."""
    with_database()
    found = [_facts(one) for one in the_account(login).handovers.all()]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    elif found:
        print_table(("link", "for", "by", "made", "expires", "state"), found)
    else:
        say(f"None yet. Make one: rollbook sftp-account handover {login} --to ADDRESS")


@click.command()
@click.argument("login")
def withdraw(login: str) -> None:
    """Take the open link to the credentials of the account LOGIN back."""
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.intake import handover, history

    if not handover.withdraw(the_account(login), by=history.COMMAND_LINE):
        raise SettingsError(f"No link to the credentials of {login} is open. Nothing was changed.")
    say("The link was withdrawn; it opens nothing any more.")


def _facts(one: "Handover") -> dict[str, Any]:
    return {
        "link": one.pk,
        "for": one.recipient,
        "by": one.by,
        "made": one.made.isoformat(timespec="minutes"),
        "expires": one.expires.isoformat(timespec="minutes"),
        "opened": one.opened.isoformat(timespec="minutes") if one.opened else None,
        "ended": one.ended.isoformat(timespec="minutes") if one.ended else None,
        "state": one.state,
        "before": one.before_id,
    }
