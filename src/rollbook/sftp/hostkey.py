"""The key by which clients know this server: Ed25519, made once, kept in `keys/sftp_host_key`."""

from pathlib import Path

import asyncssh
from django.conf import settings

from rollbook.keys import read_or_make_key


def host_key() -> asyncssh.SSHKey:
    """The key, made on first use."""
    path = Path(settings.ROLLBOOK_HOME) / "keys" / "sftp_host_key"
    return asyncssh.import_private_key(read_or_make_key(path, _new) + "\n")


def fingerprint() -> str:
    """What a client shows when it connects for the first time, such as `SHA256:…`."""
    return host_key().get_fingerprint()


def public_line() -> str:
    """The public half, for `known_hosts`."""
    return host_key().export_public_key().decode().strip()


def _new() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
