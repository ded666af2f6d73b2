"""
Limits on guessing passwords and codes, and on how often a SIS is asked whether it answers.

Attempts are counted in the database, so that the limit is the same however many processes or machines
serve the pages. An attempt is written down before the password is looked at: requests sent at the same
moment cannot slip past the count together.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from rollbook.integrations.models import Integration
from rollbook.web.models import LoginAttempt

WINDOW = timedelta(minutes=15)
PER_EMAIL_AND_HOST = 5
PER_HOST = 40  # a school's whole office can sit behind one address
PER_EMAIL = 50  # high: a stranger must not be able to lock a member out easily
TESTS_PER_INTEGRATION = 10
TESTS_PER_TENANT = 40
CODES_PER_LINK = 5  # mailed to a person who may not have asked
PROOFS_PER_LINK = 10


def begin_attempt(email: str, host: str) -> bool:
    """Write an attempt down; False when there were too many, and this one must not be tried."""
    return _begin(_limits(email, host))


def begin_test(integration: Integration) -> bool:
    """Write the test of a connection down; False when there were too many, and this one must not be made."""
    named = ((f"test {integration.pk}", TESTS_PER_INTEGRATION), (f"tests {integration.tenant_id}", TESTS_PER_TENANT))
    return _begin({_bucket(text): limit for text, limit in named})


def begin_code(link: int, host: str) -> bool:
    """Write down that a code of a hand-over was asked for; False when that was too often."""
    return _begin({_bucket(f"code {link}"): CODES_PER_LINK, _bucket(f"host {host}"): PER_HOST})


def begin_proof(link: int, host: str) -> bool:
    """Write down that a code of a hand-over was tried; False when that was too often."""
    return _begin({_bucket(f"proof {link}"): PROOFS_PER_LINK, _bucket(f"host {host}"): PER_HOST})


def _begin(limits: Mapping[str, int]) -> bool:
    now = timezone.now()
    LoginAttempt.objects.filter(at__lt=now - WINDOW).delete()
    written = LoginAttempt.objects.bulk_create(LoginAttempt(bucket=bucket, at=now) for bucket in limits)
    if all(LoginAttempt.objects.filter(bucket=bucket).count() <= limit for bucket, limit in limits.items()):
        return True
    LoginAttempt.objects.filter(pk__in=[attempt.pk for attempt in written]).delete()
    return False


def forget_attempts(email: str, host: str) -> None:
    """The password was right: forget what this e-mail address and host got wrong together, and this attempt."""
    together, *others = _limits(email, host)
    LoginAttempt.objects.filter(bucket=together).delete()
    for bucket in others:
        newest = LoginAttempt.objects.filter(bucket=bucket).order_by("-pk").values("pk")[:1]
        LoginAttempt.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).delete()


def _limits(email: str, host: str) -> dict[str, int]:
    named = ((f"{email} {host}", PER_EMAIL_AND_HOST), (f"host {host}", PER_HOST), (f"email {email}", PER_EMAIL))
    return {_bucket(text): limit for text, limit in named}


def _bucket(text: str) -> str:
    return salted_hmac("rollbook.web.throttle", text, algorithm="sha256").hexdigest()
