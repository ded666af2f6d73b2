"""What people say of a delivery: all files are there, take it as it is, the mapping is right, let it run by itself."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.intake import history
from rollbook.intake.models import Account, Delivery, Mark


@dataclass(frozen=True)
class Who:
    """
    Who says it.

    Args:
        name: As the pages show it.

        member: Whoever was logged in; None for a sender, and on the command line.
    """

    name: str
    member: Member | None = None


COMMAND_LINE = Who(history.COMMAND_LINE)


def note(delivery: Delivery, kind: Mark.Kind, by: Who, now: datetime) -> Mark:
    """Keep what somebody said of a delivery."""
    history.note(delivery.account, f"marked_{kind}", by.name, f"Delivery {delivery.pk}: {Mark.Kind(kind).label}.", now)
    return delivery.marks.create(kind=kind, at=now, member=by.member, by=by.name[:255])


def verify(delivery: Delivery, by: Who, now: datetime | None = None) -> Mark:
    """
    Keep that somebody has read what the run of a delivery found, and says that the mapping is right.

    Raises:
        RollbookError: Nothing was found yet that could be right.
    """
    if delivery.state != Delivery.State.ACCEPTED:
        raise RollbookError(
            f"Delivery {delivery.pk} is “{Delivery.State(delivery.state).label}”. Nothing was marked. "
            "Mark one that was accepted as verified."
        )
    return note(delivery, Mark.Kind.VERIFIED, by, now or timezone.now())


def verified(account: Account) -> Mark | None:
    """The latest word that the mapping of an account's files is right."""
    marks = Mark.objects.filter(delivery__account=account, kind=Mark.Kind.VERIFIED)
    return marks.select_related("delivery__run").last()
