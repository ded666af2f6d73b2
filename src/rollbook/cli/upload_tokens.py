"""rollbook upload-token: what lets programs upload over HTTPS for an account."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollbook.cli.support import print_table, say, the_account, with_database

if TYPE_CHECKING:
    from rollbook.intake.models import UploadToken

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def upload_token() -> None:
    """Let programs of a school upload over HTTPS."""


@upload_token.command()
@click.argument("login")
@click.option("--name", default="upload utility", show_default=True, help="Which machine or program gets it.")
@click.option("--expires", "days", type=click.IntRange(1, 3650), help="Days that it holds.  [default: until revoked]")
@click.option("--connection", type=click.Path(path_type=Path), help="Write the connection file of the utility there.")
def add(login: str, name: str, days: int | None, connection: Path | None) -> None:
    """
    Make a token of the account LOGIN, shown this once.

    The connection file holds the token: it is as secret as a password.
    """
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.intake import connection_files, tokens

    if connection and connection.exists():
        raise SettingsError(f"{connection} is there already. Nothing was made. Name another file.")
    account = the_account(login)
    made, text = tokens.make(account, name, days=days)
    say(f"Made token {made.pk} of {account}: {made.name}.")
    if connection is None:
        say(f"Token: {text}\nIt is shown this once.")
        return
    from rollbook.sftp.connecting import connection as connection_of

    where = connection_of(account)
    connection.touch(mode=0o600)
    written = connection_files.text(account, text, host=where.host, port=where.port, host_key=where.host_key)
    connection.write_text(written, encoding="utf-8")
    say(f"Wrote {connection}. The token is in it, and nowhere else.")


@upload_token.command(name="list")
@click.argument("login", required=False)
@_json
def list_tokens(login: str | None, as_json: bool) -> None:
    """List the tokens, of all accounts or of LOGIN, and what was last heard of their programs."""
    with_database()
    from rollbook.intake.models import UploadToken

    found = UploadToken.objects.select_related("account__integration__tenant").order_by("account__login", "pk")
    if login:
        found = found.filter(account=the_account(login))
    facts = [_facts(token) for token in found]
    if as_json:
        say(json.dumps(facts, ensure_ascii=False))
    elif not facts:
        say("No token yet. Make one: rollbook upload-token add LOGIN")
    else:
        columns = ("token", "account", "name", "state", "last_contact", "version", "host")
        print_table(columns, [{**one, "last_contact": one["last_contact"] or "never"} for one in facts])


@upload_token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """Take the token NUMBER back; what uses it is refused from now on."""
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.intake import tokens
    from rollbook.intake.models import UploadToken

    token = UploadToken.objects.filter(pk=number).first()
    if token is None:
        raise SettingsError(f"There is no token {number}. Nothing was changed. See: rollbook upload-token list")
    tokens.revoke(token)
    say(f"Revoked token {number}.")


def _facts(token: "UploadToken") -> dict[str, Any]:
    from django.utils import timezone

    from rollbook.intake import tokens

    return {
        "token": token.pk,
        "account": token.account.login,
        "tenant": token.account.integration.tenant.slug,
        "name": token.name,
        "state": tokens.state(token, timezone.now()),
        "expires": token.expires.isoformat(timespec="minutes") if token.expires else None,
        "last_contact": token.last_contact.isoformat(timespec="minutes") if token.last_contact else None,
        "version": token.version,
        "host": token.host,
        "system": token.system,
    }
