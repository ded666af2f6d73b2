"""How a server proves who it is: its certificate is verified, and the host name in it."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollbook.core.errors import SettingsError
from rollbook.sources.database.address import Address


def context(address: Address) -> ssl.SSLContext:
    """
    For drivers that use Python's TLS.

    Raises:
        SettingsError: The authorities are no certificates.
    """
    try:
        return ssl.create_default_context(cadata=address.authorities or None)
    except ssl.SSLError as error:
        raise SettingsError(
            "tls_ca is no certificate. Nothing was read. Give the certificate of the authority that signed the "
            "server's, as PEM: tls_ca=@FILE."
        ) from error


@contextmanager
def authorities_file(address: Address) -> Iterator[str]:
    """
    The certificates to trust as a file, for drivers that bring a TLS of their own.

    Raises:
        SettingsError: The authorities are no certificates.
    """
    if not address.authorities:
        yield ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
        return
    context(address)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "authorities.pem"
        file.write_text(address.authorities)
        yield str(file)
