"""
rollbook serve, web.

`serve` is all of the hub under one supervisor: its programs are the table in `_programs`. `web` is one program of it
alone, for hubs on many machines; there systemd or a container restarts it.
"""

import http.client
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from rollbook.cli.support import say, with_database
from rollbook.supervising.child import Program
from rollbook.supervising.supervisor import Supervisor

log = logging.getLogger("rollbook.serve")

PORT, HOST = 8000, "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
_PATIENCE = 2  # seconds for one look whether the pages are there
_STEP = 45  # seconds in which a worker should come to the end of a step; what it has begun is taken up again if not
_FILES = 30  # seconds in which the SFTP server ends; it gives files in flight 20 of them

_host = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
_port = click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port to listen on; 0: any free one."
)


@click.command()
@_host
@_port
def serve(host: str, port: int) -> None:
    """
    Serve the whole hub until Ctrl-C: web pages, worker and SFTP.

    Each is restarted when it ends by itself.
    """
    listener = _prepared(host, port)
    serve_hub(listener, lambda address: _say(f"The hub answers at {address}"))


@click.command()
@_host
@_port
def web(host: str, port: int) -> None:
    """Serve only the web pages until Ctrl-C."""
    listener = _prepared(host, port)
    _say(f"The pages are served at {_address(listener)}")
    listener.set_inheritable(True)
    sys.stdout.flush()
    command = _pages(listener).command
    os.execv(command[0], command)


def _prepared(host: str, port: int) -> socket.socket:
    with_database()
    listener = listen(host, port)
    for warning in _warnings(host):
        log.warning(warning)
    return listener


def listen(host: str, port: int) -> socket.socket:
    """
    A socket that listens there.

    Raises:
        SettingsError: Nobody can listen there, or somebody does already.
    """
    from rollbook.core.errors import SettingsError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise SettingsError(
            f"Cannot listen on {host} port {port} ({reason}). Nothing was started. "
            "Stop the program that has the port, or choose another with --port."
        ) from error


def serve_hub(listener: socket.socket, announce: Callable[[str], None]) -> None:
    """
    Run all programs of the hub until somebody stops the process.

    Args:
        announce: Is told the address as soon as the pages can be opened there.

    Raises:
        RollbookError: The pages could not be opened in time.
    """
    from rollbook.core.errors import RollbookError

    programs = _programs(listener)

    def tell() -> None:
        announce(_address(listener))
        _say(f"Running: {', '.join(program.name for program in programs)}. Stop with Ctrl-C.")

    if not Supervisor(programs, _tell).run(tell, lambda: _answers(listener)):
        raise RollbookError("The web server did not start. What it wrote above says why; rollbook doctor may say more.")


def _programs(listener: socket.socket) -> list[Program]:
    """What the hub consists of, in the order in which it starts."""
    from django.conf import settings

    worker = (sys.executable, "-m", "rollbook.cli", "worker")
    sftp = (sys.executable, "-m", "rollbook.cli", "sftp")
    programs = [_pages(listener), Program("worker", worker, grace=_STEP)]
    return programs if settings.SFTP_PORT == "off" else [*programs, Program("sftp", sftp, grace=_FILES)]


def _pages(listener: socket.socket) -> Program:
    number = listener.fileno()
    gunicorn = (sys.executable, "-m", "gunicorn", "--config", "python:rollbook.web.server", "--bind", f"fd://{number}")
    return Program("web", gunicorn, grace=15, must_start=True, pass_fds=(number,))


def _answers(listener: socket.socket) -> bool:
    """Whether the pages are served by now."""
    host, port = listener.getsockname()[:2]
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection(_EVERYWHERE.get(host, host), port, timeout=_PATIENCE)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def _tell(name: str, line: str) -> None:
    """
    Pass on a line that a program printed.

    Its log is in form already; what else it prints, such as the last words of an interpreter, is brought into it.
    """
    from django.conf import settings

    from rollbook.logs.redaction import redact

    if settings.LOG_FORMAT == "json":
        if not _is_record(line):
            logging.getLogger(f"rollbook.output.{name}").warning(line)
            return
    else:
        line = f"{name:6} | {redact(line)}"
    with suppress(OSError):  # nobody reads any more; the hub goes on
        click.echo(line, err=True)


def _say(text: str) -> None:
    """A line for the person, or a record where only records are wanted."""
    from django.conf import settings

    if settings.LOG_FORMAT == "json":
        log.info(text)
    else:
        say(text)


def _is_record(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def _warnings(host: str) -> list[str]:
    """What is not safe, or will not work, for people on other machines."""
    from django.conf import settings

    if host in ("localhost", "::1") or host.startswith("127."):
        return []
    found = []
    if set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]"}:
        found.append(
            "ALLOWED_HOSTS names only this machine: pages asked for under another name are refused. "
            "Set it to the name that people will type."
        )
    if not settings.SESSION_COOKIE_SECURE:
        found.append(
            "HTTPS is not on: passwords travel readable for all. "
            "Put a proxy with a certificate in front, and set HTTPS=on."
        )
    return found
