"""
Codes of eight digits that go with a link.

What is kept of one is an HMAC with a key that is not in the database: a hundred millions of codes are soon tried out.
"""

import re
import secrets
from datetime import datetime

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from rollbook.intake.models import Handover

_DIGITS = 8


def make(handover: Handover, until: datetime) -> str:
    """A new code of a link, as people read it; the one before does not fit any more."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    handover.code, handover.code_until = _hash(handover, code), until
    handover.save(update_fields=["code", "code_until"])
    return f"{code[:4]} {code[4:]}"


def fits(handover: Handover, code: str) -> bool:
    """Whether this is the code, however its digits are grouped, and still holds."""
    is_fresh = handover.code_until is not None and handover.code_until > timezone.now()
    return constant_time_compare(_hash(handover, re.sub(r"\D", "", code)), handover.code) and is_fresh


def _hash(handover: Handover, code: str) -> str:
    return salted_hmac("rollbook.intake.handover", f"{handover.pk} {code}", algorithm="sha256").hexdigest()
