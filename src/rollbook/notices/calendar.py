"""Is a day a school day? As far as the academic sessions in the roster tell."""

from datetime import date, timedelta
from typing import Any

from rollbook.accounts.models import Tenant
from rollbook.roster.models import model

NEAR = timedelta(days=90)


def is_in_session(tenant: Tenant, day: date) -> bool:
    """
    Whether a day lies in a term, or in a school year where the roster has no terms.

    When the roster has no session near the day, nobody can tell, and the answer is yes: sessions of last year that
    nobody renewed must not keep the hub quiet for ever.
    """
    rows: Any = model("academic_session")._default_manager  # its columns follow from the schema
    sessions = rows.filter(tenant=tenant, active=True, start_date__isnull=False, end_date__isnull=False)
    spans = list(sessions.exclude(type="schoolYear").values_list("start_date", "end_date"))
    spans = spans or list(sessions.values_list("start_date", "end_date"))
    near = [(start, end) for start, end in spans if start - NEAR <= day <= end + NEAR]
    return not near or any(start <= day <= end for start, end in near)
