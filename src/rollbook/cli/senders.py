"""rollbook sftp-account, bans: the accounts of senders, and who is kept out."""

import json
from typing import TYPE_CHECKING, Any

import click

from rollbook.cli.handovers import handover, handovers, withdraw
from rollbook.cli.support import print_table, say, the_account, the_integration, with_database

if TYPE_CHECKING:
    from rollbook.intake.models import Account

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_LISTS = {
    "network": "networks",
    "host_name": "host_names",
    "folder": "folders",
    "pattern": "patterns",
    "receipt_to": "receipt_addresses",
}
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


class _Size(click.ParamType[int]):
    """Bytes, or 500M, 2G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes."""
        text = str(value).lower().removesuffix("b")
        number, unit = text.rstrip("kmg"), text[len(text.rstrip("kmg")) :]
        if not number.isdigit() or unit not in _FACTORS:
            self.fail(f"{value} is no size; write 500M or 2G.", param, ctx)
        return int(number) * _FACTORS[unit]


def _rules(command: Any) -> Any:
    """The options that say what an account may do."""
    for option in reversed(
        [
            click.option("--network", multiple=True, help="It may only come from there, such as 203.0.113.0/24."),
            click.option(
                "--needs-host-name", type=bool, help="yes: only from addresses whose name leads back to them."
            ),
            click.option("--host-name", multiple=True, help="The domain of such a name."),
            click.option("--folder", multiple=True, help="A folder below inbox; * stands for any name."),
            click.option("--pattern", multiple=True, help="Names that are taken, such as *.csv."),
            click.option("--may-read-inbox", type=bool, help="yes: it reads its files back."),
            click.option("--quota", "quota_bytes", type=_Size(), help="Room for all its files, such as 20G."),
            click.option("--files", "quota_files", type=click.IntRange(1), help="How many files it may have."),
            click.option("--largest", "largest_file", type=_Size(), help="Size of the largest file."),
            click.option("--layout", help="Layout whose files make a delivery."),
            click.option(
                "--quiet", "quiet_minutes", type=click.IntRange(0), help="Minutes without activity that end a delivery."
            ),
            click.option("--marker", help="A file that ends a delivery, such as _done."),
            click.option("--grace", "grace_days", type=click.IntRange(0), help="Days until taken files are cleared."),
            click.option("--receipt-to", multiple=True, help="A mail address that is told of each delivery."),
        ]
    ):
        command = option(command)
    return command


def _given(rules: dict[str, Any]) -> dict[str, Any]:
    """The fields that options set; an empty text empties a list."""
    found: dict[str, Any] = {}
    for name, value in rules.items():
        if name in _LISTS:
            if value:
                found[_LISTS[name]] = [one for one in value if one]
        elif value is not None:
            found[name] = value
    return found


@click.group()
def sftp_account() -> None:
    """Let schools send files by SFTP."""


@sftp_account.command()
@click.argument("login")
@click.option("--integration", required=True, help="Whose files it sends.")
@click.option("--key", type=click.File(), help="A file with its public keys; - reads them from standard input.")
@click.option("--no-password", is_flag=True, help="It gets none now: a key, or a link, is its way in.")
@_rules
def add(login: str, integration: str, key: Any, no_password: bool, **rules: Any) -> None:
    """
    Make the account LOGIN.

    Its password is made and shown this once.
    """
    with_database()
    from rollbook.intake import accounts, history

    keys = key.read() if key else ""
    made, password = accounts.add(
        the_integration(integration),
        login,
        with_password=not no_password,
        by=history.COMMAND_LINE,
        public_keys=keys,
        **_given(rules),
    )
    say(f"Added {made.login}; it sends files for {made.integration}.")
    _show(password)
    if not (made.password or made.public_keys):
        say(f"Nobody can log in yet. Hand its credentials over: rollbook sftp-account handover {login} --to ADDRESS")


@sftp_account.command(name="list")
@_json
def list_accounts(as_json: bool) -> None:
    """List the accounts."""
    with_database()
    from rollbook.intake.models import Account

    found = [_summary(one) for one in Account.objects.select_related("integration__tenant")]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
        return
    columns = ("login", "tenant", "integration", "active", "last_login")
    print_table(columns, [{**one, "last_login": one["last_login"] or "never"} for one in found])


@sftp_account.command()
@click.argument("login")
@_json
def show(login: str, as_json: bool) -> None:
    """Show what is known of the account LOGIN, and where it connects to."""
    with_database()
    from rollbook.intake import store
    from rollbook.sftp.connecting import connection

    account = the_account(login)
    whole, where = store.whole_files(account), connection(account)
    facts = _summary(account) | {
        "password": bool(account.password),
        "keys": account.public_keys.splitlines(),
        **{name: getattr(account, name) for name in (*_LISTS.values(), "needs_host_name", "may_read_inbox")},
        **{name: getattr(account, name) for name in ("quota_bytes", "quota_files", "largest_file")},
        **{name: getattr(account, name) for name in ("layout", "quiet_minutes", "marker", "grace_days")},
        "files": whole.count(),
        "host": where.host,
        "port": where.port,
        "host_key": where.fingerprint,
    }
    if as_json:
        say(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        say(f"{name.replace('_', ' '):16} {shown}")


@sftp_account.command()
@click.argument("login")
@click.option("--drop", is_flag=True, help="Take the password away; keys are left.")
def password(login: str, drop: bool) -> None:
    """
    Give the account LOGIN a new password, shown this once.

    The old one does not work any more.
    """
    with_database()
    from rollbook.intake import accounts, history

    account = the_account(login)
    if drop:
        accounts.drop_password(account, by=history.COMMAND_LINE)
        say(f"{login} has no password any more.")
        return
    made = accounts.renew_password(account, by=history.COMMAND_LINE)
    say(f"Changed the password of {login}.")
    _show(made)


@sftp_account.command()
@click.argument("login")
@click.argument("file", type=click.File(), default="-")
@click.option("--add", "adds", is_flag=True, help="Keep the keys that it has.")
@click.option("--drop", is_flag=True, help="Take all its keys away.")
def key(login: str, file: Any, adds: bool, drop: bool) -> None:
    """
    Let the account LOGIN in by the public keys in FILE.

    They take the place of those that it has.
    """
    with_database()
    from rollbook.intake import accounts, history

    account = the_account(login)
    given = "" if drop else file.read()
    if adds:
        accounts.add_keys(account, given, by=history.COMMAND_LINE)
    else:
        accounts.change(account, public_keys=given, by=history.COMMAND_LINE)
    count = len(account.public_keys.splitlines())
    say(f"{login} has {count} {'key' if count == 1 else 'keys'}.")


@sftp_account.command(name="set")
@click.argument("login")
@_rules
def set_(login: str, **rules: Any) -> None:
    """
    Change what the account LOGIN may do.

    An empty text empties a list: --network "".
    """
    with_database()
    from rollbook.intake import accounts, history

    account, given = the_account(login), _given(rules)
    accounts.change(account, by=history.COMMAND_LINE, **given)
    say(f"Changed {', '.join(name.replace('_', ' ') for name in given) or 'nothing'} of {login}.")


@sftp_account.command()
@click.argument("login")
def off(login: str) -> None:
    """Keep the account LOGIN out; whoever is logged in is sent away."""
    _switch(login, on=False)


@sftp_account.command()
@click.argument("login")
def on(login: str) -> None:
    """Let the account LOGIN in again."""
    _switch(login, on=True)


for _command in (handover, handovers, withdraw):
    sftp_account.add_command(_command)


@click.group()
def bans() -> None:
    """Who is kept out for wrong log-ins."""


@bans.command(name="list")
@_json
def list_bans(as_json: bool) -> None:
    """List the addresses that are not answered."""
    with_database()
    from rollbook.intake import watch

    found = [
        {
            "network": ban.network,
            "began": ban.began.isoformat(timespec="minutes"),
            "until": ban.until.isoformat(timespec="minutes"),
            "reason": ban.reason,
        }
        for ban in watch.current()
    ]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    else:
        print_table(("network", "began", "until", "reason"), found)


@bans.command()
@click.argument("address")
def lift(address: str) -> None:
    """Answer ADDRESS again; `all` stands for everybody."""
    with_database()
    from rollbook.core.errors import SettingsError
    from rollbook.intake import watch

    if not (count := watch.lift(address)):
        raise SettingsError(f"{address} is not banned. See: rollbook bans list")
    say(f"Lifted {count} {'ban' if count == 1 else 'bans'}.")


def _switch(login: str, *, on: bool) -> None:
    with_database()
    from rollbook.intake import accounts, history

    accounts.switch(the_account(login), on=on, by=history.COMMAND_LINE)
    say(f"{login} is let in again." if on else f"{login} is kept out.")


def _summary(account: "Account") -> dict[str, Any]:
    return {
        "login": account.login,
        "tenant": account.integration.tenant.slug,
        "integration": account.integration.name,
        "active": account.is_active,
        "last_login": account.last_login.isoformat(timespec="minutes") if account.last_login else None,
    }


def _show(password: str) -> None:
    if password:
        say(f"Password: {password}\nIt is shown this once.")
