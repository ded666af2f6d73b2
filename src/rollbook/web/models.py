"""What the pages keep for themselves: attempts to log in, and tests of connections."""

from django.db import models


class LoginAttempt(models.Model):
    """
    One attempt to log in, until it succeeds or is old; or one test of a connection.

    `bucket` is a keyed hash: no address is kept.
    """

    bucket = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["bucket", "at"], name="login_attempt_bucket")]
