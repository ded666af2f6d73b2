"""The file that tells the upload utility how to reach this hub. Its token is as secret as a password."""

import configparser
import io

from django.conf import settings

from rollbook.intake import rules
from rollbook.intake.models import Account

_OWN_MACHINE = "http://localhost:8000"


def text(account: Account, token: str, *, host: str, port: int, host_key: str, url: str = "") -> str:
    """
    The file, for `configparser`.

    Args:
        host: Under which senders reach the SFTP server, with `port`.

        host_key: The line by which a client knows that server.

        url: How the hub is reached, where `BASE_URL` does not say.
    """
    parts = configparser.ConfigParser(interpolation=None)
    url = settings.BASE_URL or url.rstrip("/") or _OWN_MACHINE
    parts["hub"] = {"url": url, "token": token, "rules_key": rules.public_key()}
    if settings.SFTP_PORT != "off":
        parts["sftp"] = {"host": host, "port": str(port), "login": account.login, "host_key": host_key}
    parts["watch"] = {"folder": ".", "patterns": ", ".join(account.patterns or ["*.csv", "*.txt"])}
    written = io.StringIO()
    parts.write(written)
    return written.getvalue().rstrip("\n") + "\n"
