"""rollbook sftp."""

import asyncio
import logging

import click

from rollbook.cli.support import say, with_database

log = logging.getLogger("rollbook.sftp")


@click.command()
@click.option("--host", help="Address to listen on.  [default: SFTP_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0: any free one.  [default: SFTP_PORT]")
def sftp(host: str | None, port: int | None) -> None:
    """
    Receive files by SFTP until Ctrl-C.

    Files in flight then have 20 seconds to come to their end.
    """
    with_database()
    from django.conf import settings

    from rollbook.cli.serve import listen
    from rollbook.sftp.hostkey import fingerprint
    from rollbook.sftp.server import serve

    if port is None:
        port = 2022 if settings.SFTP_PORT == "off" else int(settings.SFTP_PORT)
    listener = listen(host or settings.SFTP_HOST, port)
    listener.listen(512)
    where = "{} port {}".format(*listener.getsockname()[:2])
    said = f"SFTP answers on {where}. Its host key is {fingerprint()}"
    if settings.LOG_FORMAT == "json":
        asyncio.run(serve(listener, lambda: log.info(said)))
    else:
        asyncio.run(serve(listener, lambda: say(said)))
