"""What the member who asks may see; every view starts from here."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from rollbook.accounts.models import Member, Tenant
from rollbook.accounts.permissions import in_tenant_of
from rollbook.intake.manual.models import ManualUpload
from rollbook.intake.marks import Who
from rollbook.intake.models import Account, Delivery, ReceivedFile, UploadToken
from rollbook.integrations.models import Integration
from rollbook.notices.models import Subscription, Webhook
from rollbook.roster.models import model
from rollbook.runs.models import Run
from rollbook.schedules.models import Schedule


def member_of(request: HttpRequest) -> Member:
    """The member who asks. LoginRequiredMiddleware lets nobody else through to a view that calls it."""
    assert isinstance(request.user, Member)
    return request.user


def operator_of(request: HttpRequest) -> Member:
    """The operator who asks; for everybody else the page does not exist."""
    member = member_of(request)
    if member.tenant_id is not None:
        raise Http404("for operators only")
    return member


def who_asks(request: HttpRequest) -> Who:
    """The member who asks, as one who says something of a delivery."""
    member = member_of(request)
    return Who(str(member), member)


def visible_integrations(request: HttpRequest) -> QuerySet[Integration]:
    """The integrations of the member's tenant."""
    return Integration.objects.filter(in_tenant_of(member_of(request))).select_related("tenant")


def visible_runs(request: HttpRequest) -> QuerySet[Run]:
    """The runs of the member's tenant."""
    runs = Run.objects.filter(in_tenant_of(member_of(request), "integration__tenant"))
    return runs.select_related("integration__tenant", "member")


def visible_run(request: HttpRequest, run: int) -> Run:
    """The run with this number; 404 when it does not exist for the member."""
    return get_object_or_404(visible_runs(request), pk=run)


def visible_uploads(request: HttpRequest) -> QuerySet[ManualUpload]:
    """The uploads for integrations of the member's tenant."""
    uploads = ManualUpload.objects.filter(in_tenant_of(member_of(request), "integration__tenant"))
    return uploads.select_related("integration__tenant")


def visible_schedules(request: HttpRequest) -> QuerySet[Schedule]:
    """The schedules of the member's tenant."""
    schedules = Schedule.objects.filter(in_tenant_of(member_of(request), "integration__tenant"))
    return schedules.select_related("integration__tenant", "last_run")


def visible_schedule(request: HttpRequest, schedule: int) -> Schedule:
    """The schedule with this number; 404 when it does not exist for the member."""
    return get_object_or_404(visible_schedules(request), pk=schedule)


def visible_people(request: HttpRequest) -> QuerySet[Any]:
    """The people of the member's tenant, those included who have left; their columns follow from the schema."""
    return model("user")._default_manager.filter(in_tenant_of(member_of(request)))


def visible_tenants(request: HttpRequest) -> QuerySet[Tenant]:
    """The member's tenant; for an operator all of them."""
    return Tenant.objects.filter(in_tenant_of(member_of(request), "pk"))


def visible_addresses(request: HttpRequest) -> QuerySet[Subscription]:
    """The plain addresses that are told of the member's tenant."""
    addresses = Subscription.objects.filter(in_tenant_of(member_of(request)), member=None)
    return addresses.select_related("tenant")


def visible_webhooks(request: HttpRequest) -> QuerySet[Webhook]:
    """The webhooks of the member's tenant."""
    return Webhook.objects.filter(in_tenant_of(member_of(request))).select_related("tenant")


def visible_accounts(request: HttpRequest) -> QuerySet[Account]:
    """The senders' accounts of the member's tenant."""
    accounts = Account.objects.filter(in_tenant_of(member_of(request), "integration__tenant"))
    return accounts.select_related("integration__tenant")


def visible_account(request: HttpRequest, login: str) -> Account:
    """The account with this login name; 404 when it does not exist for the member."""
    return get_object_or_404(visible_accounts(request), login=login)


def visible_deliveries(request: HttpRequest) -> QuerySet[Delivery]:
    """The deliveries of the member's tenant."""
    deliveries = Delivery.objects.filter(in_tenant_of(member_of(request), "account__integration__tenant"))
    return deliveries.select_related("account__integration__tenant", "run")


def visible_delivery(request: HttpRequest, delivery: int) -> Delivery:
    """The delivery with this number; 404 when it does not exist for the member."""
    return get_object_or_404(visible_deliveries(request), pk=delivery)


def visible_files(request: HttpRequest) -> QuerySet[ReceivedFile]:
    """The files that senders of the member's tenant have sent."""
    files = ReceivedFile.objects.filter(in_tenant_of(member_of(request), "account__integration__tenant"))
    return files.select_related("account__integration__tenant", "delivery__run")


def visible_tokens(request: HttpRequest) -> QuerySet[UploadToken]:
    """The tokens for uploads of the member's tenant."""
    tokens = UploadToken.objects.filter(in_tenant_of(member_of(request), "account__integration__tenant"))
    return tokens.select_related("account__integration__tenant", "made_by")
