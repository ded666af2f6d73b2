"""A notice in words: for the bell, for a mail, for another program. No word of it comes from a source."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from rollbook.notices.models import Notice

_ACTIONS = {
    "create": "new",
    "update": "updated",
    "reactivate": "back again",
    "deactivate": "deactivated",
    "unchanged": "unchanged",
    "reject": "rejected",
    "ignore": "ignored",
}
_CODES_SHOWN = 12


class _Count(int):
    """A number that brings its word: `{rows:row|rows}`."""

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("|")
        return f"{int(self):,} {one if self == 1 else many}".strip()


def sentence(notice: Notice) -> str:
    """What happened, in one sentence."""
    values = {name: _shown(name, value) for name, value in notice.facts.items()}
    return notice.kind.text.format(integration=_line(notice.integration.name), run=notice.run_id, **values)


def link(notice: Notice) -> str:
    """The page that says more; blank while nobody told the hub its own address (BASE_URL)."""
    return f"{settings.BASE_URL}{path(notice)}" if settings.BASE_URL else ""


def path(notice: Notice) -> str:
    """The page that says more, within the hub."""
    if delivery := notice.facts.get("delivery"):
        return reverse("delivery", args=[delivery])
    if notice.run_id:
        return reverse("run", args=[notice.run_id])
    if login := notice.facts.get("login"):
        return reverse("account", args=[login])
    return reverse("integration-runs", args=[notice.integration_id])


def subject(notice: Notice) -> str:
    """The subject of a mail."""
    return f"{_line(notice.integration.name)}: {notice.kind.title.lower()}"


def mail(notice: Notice, held_back: Iterable[Notice]) -> str:
    """
    The text of a mail.

    Args:
        held_back: What was not mailed because its cause had been mailed that day.
    """
    blocks = ["\n".join(filter(None, (sentence(notice), notice.kind.todo))), _facts(notice), link(notice)]
    blocks += [_digest(held_back), _footer(notice)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def payload(notice: Notice) -> dict[str, Any]:
    """What a webhook is sent."""
    return {
        "type": notice.event,
        "timestamp": notice.created.isoformat(),
        "data": {
            "notice": notice.pk,
            "severity": notice.kind.severity.value,
            "tenant": notice.tenant.slug,
            "integration": notice.integration.name,
            "run": notice.run_id,
            "text": sentence(notice),
            "facts": notice.facts,
            "url": link(notice) or None,
        },
    }


def moment(at: datetime) -> str:
    """A point in time as mails say it."""
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"


def _facts(notice: Notice) -> str:
    lines = {"Tenant": _line(notice.tenant.name), "Integration": _line(notice.integration.name)}
    if notice.run_id:
        lines["Run"] = str(notice.run_id)
    if missing := notice.facts.get("missing"):
        lines["Missing"] = missing
    if broken := notice.facts.get("broken"):
        lines["Broken off"] = f"{_Count(broken):file|files}"
    if counts := notice.facts.get("counts"):
        lines["Records"] = ", ".join(f"{counts[name]:,} {word}" for name, word in _ACTIONS.items() if counts.get(name))
    if beyond := notice.facts.get("beyond"):
        lines["Beyond"] = ", ".join(f"{name.replace('.', ' ')} {count:,}" for name, count in beyond.items())
    if issues := notice.facts.get("issues"):
        lines["Issues"] = _codes(issues)
    lines["When"] = moment(notice.created)
    return "\n".join(f"{name + ':':14}{text}" for name, text in lines.items())


def _codes(issues: dict[str, int]) -> str:
    most = Counter(issues).most_common()
    further = f" and {len(most) - _CODES_SHOWN} more codes" if len(most) > _CODES_SHOWN else ""
    return ", ".join(f"{code} {count:,}" for code, count in most[:_CODES_SHOWN]) + further


def _digest(held_back: Iterable[Notice]) -> str:
    found: dict[str, list[Notice]] = {}
    for notice in held_back:
        found.setdefault(notice.cause, []).append(notice)
    if not found:
        return ""
    lines = [
        f"- {subject(same[-1])}, {_Count(len(same)):time|times}, last {moment(max(n.created for n in same))}"
        for same in found.values()
    ]
    return "\n".join(["Also since, and held back because a cause is mailed once a day:", *lines])


def _footer(notice: Notice) -> str:
    if not settings.BASE_URL:
        return ""
    return f"Choose what you are told: {settings.BASE_URL}{reverse('notice-settings', args=[notice.tenant_id])}"


def _shown(name: str, value: Any) -> Any:
    if name in ("delivery", "since_run"):
        return value
    if isinstance(value, int):
        return _Count(value)
    if name in ("expected", "last", "since"):
        return moment(datetime.fromisoformat(value))
    if name == "expires":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    return value


def _line(text: str) -> str:
    """Text that stays on its line, in a header too."""
    return " ".join(text.split())
