"""What lies in inboxes and is no delivery yet, and what it waits for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce

from rollbook.intake.models import Account, Delivery, FirstLook, ReceivedFile

State = ReceivedFile.State

LYING = (State.WHOLE, State.RECEIVING, State.PARTIAL)
"""States of a file that no delivery has taken."""


@dataclass(frozen=True)
class Waiting:
    """
    What waits in one inbox.

    Args:
        files: Whole ones that no delivery has taken.

        receiving, broken: Files that are not whole.

        last: When the sender was last at it.

        missing: Sheets that the sender was told to send.

        look: What all of these files would come to, where it is known.
    """

    account: Account
    files: int
    size: int
    receiving: int
    broken: int
    last: datetime
    missing: tuple[str, ...] = ()
    look: FirstLook | None = None

    @property
    def ends(self) -> datetime | None:
        """When a quiet time ends it; None where something else has to come first."""
        if self.receiving or self.broken or self.missing or self.account.marker or not self.files:
            return None
        return self.last + timedelta(minutes=self.account.quiet_minutes)


def waiting(accounts: Iterable[Account]) -> list[Waiting]:
    """What waits in the inboxes of these accounts, the latest first."""
    by_key = {account.pk: account for account in accounts}
    lying = ReceivedFile.objects.filter(account__in=by_key, state__in=LYING)
    facts = lying.order_by().values("account").annotate(
        whole=Count("pk", filter=Q(state=State.WHOLE)),
        bytes=Sum("size", filter=Q(state=State.WHOLE), default=0),
        receiving=Count("pk", filter=Q(state=State.RECEIVING)),
        broken=Count("pk", filter=Q(state=State.PARTIAL)),
        last=Max(Coalesce("ended", "began")),
    )  # fmt: skip
    told = _told_incomplete(fact["account"] for fact in facts)
    looks = {look.account_id: look for look in FirstLook.objects.filter(account__in=by_key).exclude(receipt="")}
    found = [
        Waiting(
            account=by_key[fact["account"]],
            files=fact["whole"],
            size=fact["bytes"],
            receiving=fact["receiving"],
            broken=fact["broken"],
            last=fact["last"],
            missing=told.get(fact["account"], ()),
            look=_since(fact["last"], looks.get(fact["account"])),
        )
        for fact in facts
    ]
    return sorted(found, key=lambda one: one.last, reverse=True)


def _since(last: datetime, look: FirstLook | None) -> FirstLook | None:
    """The look, unless something has come since."""
    return look if look and look.latest >= last else None


def _told_incomplete(accounts: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Account -> the sheets that its latest delivery lacks, where it waits for some."""
    of_accounts = Delivery.objects.filter(account__in=list(accounts))
    latest = of_accounts.order_by().values("account").annotate(latest=Max("pk")).values("latest")
    deliveries = Delivery.objects.filter(pk__in=latest, state=Delivery.State.INCOMPLETE)
    return {one.account_id: tuple(one.missing) for one in deliveries}
