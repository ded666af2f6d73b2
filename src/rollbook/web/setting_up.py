"""What the pages on which an integration is set up have in common: the steps, and where one is."""

from dataclasses import dataclass
from typing import Any

from rollbook.integrations.models import Integration
from rollbook.runs.models import Run


@dataclass(frozen=True)
class Step:
    """One page of the way from the credentials to live runs."""

    name: str
    title: str
    page: str


STEPS = (
    Step("connection", "Connection", "integration-connection"),
    Step("test", "Test connection", "integration-test"),
    Step("scope", "Scope", "integration-scope"),
    Step("fields", "Fields", "integration-fields"),
    Step("codes", "Codes", "integration-codes"),
    Step("live", "Test run and go live", "integration-live"),
)


def context_of(integration: Integration, step: str) -> dict[str, Any]:
    """The context that the pages share."""
    following = [one.name for one in STEPS].index(step) + 1
    return {
        "integration": integration,
        "steps": STEPS,
        "step": step,
        "next": STEPS[following] if following < len(STEPS) else None,
        "unmapped": integration.unmapped_values.count(),
    }


def further_of(integration: Integration) -> dict[str, tuple[str, ...]]:
    """Stream -> the members that the last run which read something saw and did not read."""
    last = Run.objects.filter(integration=integration).exclude(files=[]).order_by("-pk").first()
    files = last.files if last else []
    return {file["sheet"]: tuple(file.get("further", ())) for file in files if file.get("further")}
