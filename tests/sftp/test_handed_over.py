"""Credentials that are handed over: a hub of processes, a mail server, a browserless recipient, and a real log-in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import paramiko
import pytest

from tests.sftp.hubs import Hub
from tests.support.cli import run_cli, running_cli
from tests.support.mailserver import MailServer, mail_server
from tests.support.senders import NORTH
from tests.support.waiting import until

JO = "jo@example.org"
PAGES = re.compile(r"http://127\.0\.0\.1:\d+/")


def text(mails: MailServer) -> str:
    payload = mails.mails[-1].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def settings(hub: Hub, mails: MailServer) -> dict[str, str]:
    """How this hub is reached, and how it sends mail."""
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mails.port), "EMAIL_SECURITY": "none"}
    where = {"SFTP_PUBLIC_HOST": "127.0.0.1", "SFTP_PUBLIC_PORT": str(hub.port), "BASE_URL": "https://hub.example"}
    return {**mail, **where, "LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}


@contextmanager
def pages(hub: Hub, env: dict[str, str]) -> Iterator[httpx2.Client]:
    """Somebody who asks for pages of this hub."""
    with running_cli(["web", "--port", "0"], hub.home, env=env):
        assert until(lambda: PAGES.search(hub.log())), hub.log()
        found = PAGES.search(hub.log())
        assert found
        with httpx2.Client(base_url=found.group(), follow_redirects=True, timeout=30) as client:
            yield client


def send(client: httpx2.Client, page: str, **fields: str) -> httpx2.Response:
    """Fill in the form of a page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(page).text)
    assert found
    return client.post(page, data={**fields, "csrfmiddlewaretoken": found.group(1)})


def test_from_the_link_to_the_log_in(receiving: Hub, tmp_path: Path) -> None:
    """
    A link is mailed, opened by its recipient, and shows a password that opens over SFTP; the old one does not.

    Neither of them, nor the link, nor the code, stands in a log, in the database, or in another mail.
    """
    hub = receiving
    with mail_server() as mails, pages(hub, settings(hub, mails)) as client:
        run_cli(["sftp-account", "handover", NORTH, "--to", JO], hub.home, env=settings(hub, mails))
        found = re.search(r"https://hub\.example(/handover/([^/]+)/)", text(mails))
        assert found
        link, token = found.groups()
        assert all(client.get(link).status_code == 200 for _ in range(3))
        send(client, link, do="ask", address=JO)
        assert until(lambda: len(mails.mails) == 2)
        code = re.findall(r"\d{4} \d{4}", text(mails))[0]
        chosen = send(client, f"{link}?code", do="prove", code=code)
        assert "Show the log-in details" in chosen.text
        shown = send(client, link, do="password").text
        password = re.findall(r'class="secret">([^<]+)<', shown)[0]
        fetched = {name: client.get(f"{link}{NORTH}-{name}").text for name in ("ssh-config.txt", "known-hosts.txt")}
        assert client.get(link).status_code == 404
        hub.log_in(password)
        with pytest.raises(paramiko.AuthenticationException):
            hub.log_in(hub.passwords[NORTH])
        listed = run_cli(["sftp-account", "handovers", NORTH], hub.home).stdout
        assert (JO in listed, "collected" in listed) == (True, True)
        said = [mail.as_string() for mail in mails.mails] + [text(mails)]
        stored = b"".join(path.read_bytes() for path in hub.home.glob("rollbook.sqlite3*"))
        log = hub.log()
        assert [secret for secret in (password, token, code, code.replace(" ", "")) if secret in log] == []
        assert [secret for secret in (password, token, code) if secret.encode() in stored] == []
        assert [one for one in said if password in one or NORTH in one] == []
        assert "/handover/[masked]" in log
    for name, content in fetched.items():
        (tmp_path / name).write_text(content)
    trusting = ["-o", f"UserKnownHostsFile={tmp_path / 'known-hosts.txt'}", "-o", f"IdentityFile={hub.key}"]
    command = ["sftp", "-F", str(tmp_path / "ssh-config.txt"), *trusting, "-b", "-", NORTH]
    done = subprocess.run(command, input="ls inbox\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
