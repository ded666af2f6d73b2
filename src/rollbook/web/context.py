"""What every template knows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from rollbook.accounts.models import Member
from rollbook.notices.bell import unread

THEMES = ("auto", "light", "dark")


def theme(request: HttpRequest) -> dict[str, object]:
    """The look this browser asked for; `auto` follows the system."""
    chosen = request.COOKIES.get("theme", "auto")
    return {"theme": chosen if chosen in THEMES else "auto", "themes": THEMES}


def bell(request: HttpRequest) -> dict[str, Any]:
    """How many notices the member has not read; counted only where a page shows it."""
    member = getattr(request, "user", None)
    return {"unread": SimpleLazyObject(lambda: unread(member).count())} if isinstance(member, Member) else {}
