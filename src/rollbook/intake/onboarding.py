"""The way of a sender: from an account to an integration that runs by itself. Each step follows from what is there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from rollbook.intake import marks
from rollbook.intake.models import Account, Delivery, Handover
from rollbook.runs.models import Mode
from rollbook.schedules.models import Schedule

_COMPLETE = set(Delivery.State) - {Delivery.State.INCOMPLETE}
_CHECKED = {Delivery.State.ACCEPTED, Delivery.State.HELD, Delivery.State.UNCHANGED}


@dataclass(frozen=True)
class Step:
    """
    One step.

    Args:
        at: When it was taken; None while it is ahead.

        text: What it takes.
    """

    title: str
    at: datetime | None
    text: str

    @property
    def is_done(self) -> bool:
        """It was taken."""
        return self.at is not None


@dataclass(frozen=True)
class Onboarding:
    """The steps of one account, and the first that is not taken."""

    account: Account
    steps: tuple[Step, ...]

    @property
    def now(self) -> Step | None:
        """The step to take next; None when the integration runs by itself."""
        ahead = [step for step in self.steps if not step.is_done]
        return ahead[0] if ahead and not self.steps[-1].is_done else None


def onboarding(account: Account) -> Onboarding:
    """How far an account is."""
    first = account.files.aggregate(at=Min("began"))["at"]
    collected = account.handovers.filter(state=Handover.State.COLLECTED).aggregate(at=Min("ended"))["at"]
    verified, schedule = marks.verified(account), running(account)
    steps = (
        Step("Account made", account.created, "It is made on the page of accounts."),
        Step("Credentials collected", collected or account.last_login or first, "Hand them over by a link."),
        Step("First files", first, "The sender puts files into its folder inbox."),
        Step("Complete", _first(account, _COMPLETE), "Every sheet that the layout needs has to be there."),
        Step("Checked", _first(account, _CHECKED), "The files are read, and a run finds what they would change."),
        Step(
            "Verified",
            verified.at if verified else None,
            "A specialist reads what the run found, and says that it is right.",
        ),
        Step("Active", schedule.created if schedule else None, "It gets a schedule, and runs by itself from then on."),
    )
    return Onboarding(account, steps)


def running(account: Account) -> Schedule | None:
    """The schedule by which the integration of an account runs live; None while it does not."""
    active = Schedule.objects.filter(integration=account.integration_id, is_active=True, mode=Mode.LIVE)
    return active.order_by("pk").first() if account.integration.is_active else None


def _first(account: Account, states: set[Delivery.State]) -> datetime | None:
    """When the first delivery in one of these states was closed."""
    first: datetime | None = account.deliveries.filter(state__in=states).aggregate(at=Min("closed"))["at"]
    return first
