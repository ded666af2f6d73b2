"""What the bell of a member shows, and what of it they have read."""

from django.db.models import Exists, OuterRef, QuerySet

from rollbook.accounts.models import Member
from rollbook.accounts.permissions import in_tenant_of
from rollbook.notices.models import Notice, Reading


def notices(member: Member) -> QuerySet[Notice]:
    """What the member may see, newest first, with `is_read`."""
    found = Notice.objects.filter(in_tenant_of(member), in_bell=True).annotate(is_read=_is_read(member))
    return found.select_related("tenant", "integration")


def unread(member: Member) -> QuerySet[Notice]:
    """What the member has not read."""
    return notices(member).filter(~_is_read(member))


def mark_read(member: Member, notices: QuerySet[Notice]) -> None:
    """The member has read them."""
    made = [Reading(notice_id=pk, member=member) for pk in notices.values_list("pk", flat=True)]
    Reading.objects.bulk_create(made, ignore_conflicts=True)


def _is_read(member: Member) -> Exists:
    return Exists(Reading.objects.filter(notice=OuterRef("pk"), member=member))
