"""rollbook member, tenant: who may log in, and the schools and districts they belong to."""

import json
import secrets
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from rollbook.cli.support import say, the_tenant, with_database

if TYPE_CHECKING:
    from django.db.models import Model

    from rollbook.accounts.models import Member

_ask = click.option("--ask", is_flag=True, help="Ask for the password; without, one is made and shown this once.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")


@click.group()
def member() -> None:
    """Let people log in to the pages."""


@member.command()
@click.argument("email")
@click.option("--name", default="", help="Name of the person.")
@click.option("--tenant", default="", help="Tenant they belong to; without one they are an operator, who sees all.")
@_ask
def add(email: str, name: str, tenant: str, ask: bool) -> None:
    """Let a person log in as EMAIL."""
    with_database()
    from rollbook.accounts.models import Member

    owner = the_tenant(tenant) if tenant else None
    made = Member(email=email.strip().lower(), name=name, tenant=owner)
    _refuse_faults(made, f"{email} cannot be a member", exclude={"password"})
    password = _password(made, ask)
    Member.objects.create_member(made.email, password, name=name, tenant=owner)
    say(f"Added {made.email}, {f'a member of {owner}' if owner else 'an operator, who sees every tenant'}.")
    _show(password, ask)


@member.command(name="password")
@click.argument("email")
@_ask
def password_(email: str, ask: bool) -> None:
    """
    Give the member EMAIL a new password.

    Wherever they are logged in they are logged out.
    """
    with_database()
    from rollbook.accounts.models import Member
    from rollbook.core.errors import SettingsError

    found = Member.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise SettingsError(f"There is no member {email!r}. See: rollbook member list")
    password = _password(found, ask)
    found.set_password(password)
    found.save(update_fields=["password"])
    say(f"Changed the password of {found.email}.")
    _show(password, ask)


@member.command(name="list")
@_json
def list_members(as_json: bool) -> None:
    """List the members of all tenants."""
    with_database()
    from rollbook.accounts.models import Member

    found = [
        {
            "email": one.email,
            "name": one.name,
            "tenant": one.tenant.slug if one.tenant else None,
            "active": one.is_active,
            "last_login": one.last_login.isoformat(timespec="minutes") if one.last_login else None,
        }
        for one in Member.objects.select_related("tenant").order_by("email")
    ]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
        return
    seen = [{**one, "tenant": one["tenant"] or "(all)", "last_login": one["last_login"] or "never"} for one in found]
    _print({"E-mail": "email", "Name": "name", "Tenant": "tenant", "Last log-in": "last_login"}, seen)


@click.group()
def tenant() -> None:
    """
    Set up tenants: schools, districts, networks.

    They never see each other.
    """


@tenant.command(name="add")
@click.argument("slug")
@click.option("--name", default="", help="Name in full; without, it is made of SLUG.")
def add_tenant(slug: str, name: str) -> None:
    """Add the tenant SLUG, its short name for --tenant."""
    with_database()
    from rollbook.accounts.models import Tenant

    made = Tenant(slug=slug, name=name or slug.replace("-", " ").title())
    _refuse_faults(made, f"{slug} cannot be a tenant")
    made.save()
    say(f"Added {made.slug}: {made.name}. Next: rollbook integration add NAME --tenant {made.slug}")


@tenant.command(name="list")
@_json
def list_tenants(as_json: bool) -> None:
    """List the tenants, with how many integrations and members each has."""
    with_database()
    from django.db.models import Count

    from rollbook.accounts.models import Tenant

    counted = Tenant.objects.annotate(of=Count("integrations", distinct=True), by=Count("members", distinct=True))
    found = [
        {"slug": one.slug, "name": one.name, "integrations": one.of, "members": one.by}
        for one in counted.order_by("slug")
    ]
    if as_json:
        say(json.dumps(found, ensure_ascii=False))
    else:
        titles = {"Slug": "slug", "Name": "name", "Integrations": "integrations", "Members": "members"}
        _print(titles, found)


def _refuse_faults(made: "Model", what: str, **options: Any) -> None:
    from django.core.exceptions import ValidationError

    from rollbook.core.errors import SettingsError

    try:
        made.full_clean(**options)
    except ValidationError as error:
        raise SettingsError(f"{what}: {' '.join(error.messages)} Nothing was changed.") from error


def _password(of: "Member", ask: bool) -> str:
    """A new password, as good as the pages ask for."""
    if not ask:
        return secrets.token_urlsafe(12)
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from rollbook.core.errors import SettingsError

    password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        validate_password(password, of)
    except ValidationError as error:
        raise SettingsError(f"{' '.join(error.messages)} Nothing was changed.") from error
    return password


def _show(password: str, ask: bool) -> None:
    if not ask:
        say(f"Password: {password}\nIt is shown this once.")


def _print(titles: dict[str, str], rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, header_style="bold")
    for title in titles:
        table.add_column(title)
    for row in rows:
        table.add_row(*(str(row[key]) for key in titles.values()))
    Console().print(table)
