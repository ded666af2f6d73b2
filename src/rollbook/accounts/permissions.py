"""Who may see what."""

from django.db.models import Q

from rollbook.accounts.models import Member


def in_tenant_of(member: Member, path: str = "tenant") -> Q:
    """
    The condition that keeps a query inside the tenant of a member.

    An operator, a member without a tenant, sees every tenant. Everything that reads for a member goes
    through here: what lies outside is not forbidden, it does not exist.

    Args:
        path: The way from the queried model to its tenant, such as `integration__tenant`.
    """
    return Q() if member.tenant_id is None else Q(**{path: member.tenant_id})
