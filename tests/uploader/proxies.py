"""An address between the utility and a hub: with TLS, and with a hub that can be away."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Proxy:
    """
    Passes bytes on.

    Args:
        target: The port of the hub; 0 while it is away.

        most: Bytes that a connection may bring before it is cut; 0 = all.
    """

    port: int
    target: int = 0
    most: int = 0
    cut: int = field(default=0, init=False)


@contextmanager
def between(target: int = 0, certificate: Path | None = None, key: Path | None = None) -> Iterator[Proxy]:
    """Listen, with TLS where there is a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if context and certificate:
        context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(listener.getsockname()[1], target)
        threading.Thread(target=_accept, args=(listener, proxy, context), daemon=True).start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, proxy: Proxy, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, proxy, context), daemon=True).start()


def _serve(client: socket.socket, proxy: Proxy, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), client:
        inside = context.wrap_socket(client, server_side=True) if context else client
        with inside, socket.create_connection(("127.0.0.1", proxy.target or 9), timeout=60) as hub:
            answers = threading.Thread(target=_pump, args=(hub, inside), daemon=True)
            answers.start()
            _pump(inside, hub, proxy)
            answers.join(60)


def _pump(source: socket.socket, target: socket.socket, proxy: Proxy | None = None) -> None:
    """Pass on what comes until it ends, or until it is cut."""
    came = 0
    with suppress(OSError):
        while data := source.recv(65536):
            came += len(data)
            if proxy and proxy.most and came > proxy.most:
                proxy.cut += 1
                break
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
