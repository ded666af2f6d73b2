"""rollbook init, doctor."""

import secrets

import click
import django

from rollbook.cli.support import say


@click.command()
@click.option("--email", default="admin@example.org", show_default=True, help="Address of the first member.")
@click.option("--tenant", default="school", show_default=True, help="Short name of the first tenant.")
def init(email: str, tenant: str) -> None:
    """Prepare home, database, keys and the first member. Does no harm when run again."""
    prepare()
    _, password = first_member(email, tenant)
    if password:
        say(f"First member: {email}\nPassword:     {password}\nIt is shown this once.")
    say("Ready. Next: rollbook integration add NAME --source sheets")


def prepare() -> None:
    """Make the home folder, the keys and the tables."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ROLLBOOK_HOME.mkdir(parents=True, exist_ok=True)
    (settings.ROLLBOOK_HOME / "runs").mkdir(exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)


def first_member(email: str, slug: str, name: str = "") -> tuple[str, str]:
    """Make the first tenant and an operator, unless there are some; the address, and the password if it was made now."""
    from rollbook.accounts.models import Member, Tenant

    if not Tenant.objects.exists():
        Tenant.objects.create(slug=slug, name=name or slug.replace("-", " ").title())
    if Member.objects.exists():
        return email, ""
    password = secrets.token_urlsafe(12)
    Member.objects.create_member(email, password)
    return email, password
