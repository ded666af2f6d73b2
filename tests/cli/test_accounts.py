"""`rollbook member` and `rollbook tenant`: who may log in, and to what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rollbook.accounts.models import Member, Tenant
from rollbook.cli.accounts import member, tenant
from rollbook.core.errors import RollbookError
from tests.support.cli import run_cli

pytestmark = pytest.mark.django_db
GOOD = "a quiet morning in May"


def said(*args: str, typed: str = "") -> Result:
    """What `rollbook ARGS` does in this process."""
    group = {"member": member, "tenant": tenant}[args[0]]
    return CliRunner().invoke(group, args[1:], input=typed)


def refusal(*args: str, typed: str = "") -> str:
    """Why `rollbook ARGS` was refused."""
    error = said(*args, typed=typed).exception
    assert isinstance(error, RollbookError)
    return str(error)


@pytest.fixture
def west() -> Tenant:
    """A tenant that was added by its short name."""
    assert said("tenant", "add", "west-valley").exit_code == 0
    return Tenant.objects.get(slug="west-valley", name="West Valley")


def test_a_member_logs_in_with_what_was_shown(west: Tenant) -> None:
    """The password that is shown is the one that is stored, and the member belongs to their tenant."""
    text = said("member", "add", "Ada@West.example", "--name", "Ada Roe", "--tenant", "west-valley").output
    ada = Member.objects.get(email="ada@west.example", name="Ada Roe", tenant=west)
    shown = re.search(r"^Password: (\S{16})$", text, re.MULTILINE)
    assert shown
    assert ada.check_password(shown[1])


def test_a_member_without_a_tenant_is_an_operator() -> None:
    """Who is added without a tenant sees all of them, and that is said."""
    assert "an operator, who sees every tenant" in said("member", "add", "olga@hub.example").output
    assert Member.objects.get(email="olga@hub.example").tenant is None


def test_a_password_can_be_asked_for() -> None:
    """A password that was typed twice is taken and never shown; the one before no longer fits."""
    before = said("member", "add", "olga@hub.example").output.split("Password: ")[1].split()[0]
    text = said("member", "password", "olga@hub.example", "--ask", typed=f"{GOOD}\n{GOOD}\n").output
    olga = Member.objects.get(email="olga@hub.example")
    assert (olga.check_password(GOOD), olga.check_password(before), GOOD in text) == (True, False, False)


@pytest.mark.parametrize("typed", ["short", "qwertyuiop12"])
def test_a_weak_password_is_refused(typed: str) -> None:
    """What the pages would refuse is refused here too, and no member is made."""
    assert "Nothing was changed." in refusal("member", "add", "o@hub.example", "--ask", typed=f"{typed}\n{typed}\n")
    assert not Member.objects.exists()


def test_what_cannot_be_is_refused(west: Tenant) -> None:
    """An impossible address or short name, and one that is taken, are refused; so are strangers."""
    said("member", "add", "ada@west.example")
    refused = [
        ("member", "add", "nobody"),
        ("member", "add", "ADA@west.example"),
        ("tenant", "add", "two words"),
        ("tenant", "add", west.slug),
    ]
    assert [args for args in refused if "Nothing was changed." not in refusal(*args)] == []
    assert "There is no tenant 'east'" in refusal("member", "add", "eve@east.example", "--tenant", "east")
    assert "rollbook member list" in refusal("member", "password", "eve@east.example")
    assert (Member.objects.count(), Tenant.objects.count()) == (1, 1)


def test_lists(hub: Path) -> None:
    """Members and tenants are listed, for people and for programs; a password never is."""
    run_cli(["member", "add", "ada@school.example", "--tenant", "school"], hub)
    members = json.loads(run_cli(["member", "list", "--json"], hub).stdout)
    assert [(m["email"], m["tenant"]) for m in members] == [
        ("ada@school.example", "school"),
        ("admin@example.org", None),
    ]
    assert "password" not in members[0]
    assert json.loads(run_cli(["tenant", "list", "--json"], hub).stdout) == [
        {"slug": "school", "name": "School", "integrations": 0, "members": 1}
    ]
    assert "ada@school.example" in run_cli(["member", "list"], hub).stdout
    assert "School" in run_cli(["tenant", "list"], hub).stdout
