"""rollbook serve, web."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import click

from rollbook.cli.children import Stopped, running, stopped_by_signals
from rollbook.cli.support import say, with_database

PORT, HOST = 8000, "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
_WAIT = 60
_GUNICORN = (
    *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
    *("--timeout", "120", "--graceful-timeout", "10"),
    *("--no-control-socket", "--log-level", "warning"),
)

_host = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
_port = click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Port to listen on; 0: any free one."
)


@click.command()
@_host
@_port
def serve(host: str, port: int) -> None:
    """Serve the hub until Ctrl-C."""
    _serve(host, port)


@click.command()
@_host
@_port
def web(host: str, port: int) -> None:
    """Serve only the web pages until Ctrl-C."""
    _serve(host, port)


def _serve(host: str, port: int) -> None:
    with_database()
    listener = listen(host, port)
    for warning in _warnings(host):
        click.echo(f"Warning: {warning}", err=True)
    serve_pages(listener, lambda address: say(f"The hub answers at {address}\nStop it with Ctrl-C."))


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


def serve_pages(listener: socket.socket, announce: Callable[[str], None]) -> None:
    """
    Serve the web pages until somebody stops the process.

    Args:
        announce: Is told the address as soon as the pages can be opened there.

    Raises:
        RollbookError: The web server did not start, or ended by itself.
    """
    from rollbook.core.errors import RollbookError

    host, port = listener.getsockname()[:2]
    number = listener.fileno()
    command = [sys.executable, "-m", "gunicorn", *_GUNICORN, "--bind", f"fd://{number}", "rollbook.wsgi"]
    # The signals are caught outside, so that the child is ended whenever they come.
    with suppress(Stopped), stopped_by_signals(), running(command, pass_fds=[number]) as child:
        listener.close()  # from now on it is the child's alone
        _wait_until_ready(child, _EVERYWHERE.get(host, host), port)
        announce(_address(host, port))
        child.wait()
        raise RollbookError("The web server has ended by itself. What it wrote above says why.")


def _wait_until_ready(child: "subprocess.Popen[bytes]", host: str, port: int) -> None:
    """Wait until a file of the pages is served."""
    from rollbook.core.errors import RollbookError

    until = time.monotonic() + _WAIT
    while child.poll() is None and time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(host, port, timeout=_WAIT)
            connection.request("GET", "/static/web/favicon.svg")
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise RollbookError("The web server did not start. What it wrote above says why; rollbook doctor may say more.")


def _address(host: str, port: int) -> str:
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
