"""Where a database is, who asks, and how much may be asked of it."""

from dataclasses import dataclass, field

SECONDS_TO_CONNECT = 20
SECONDS_FOR_A_LOCK = 30


@dataclass(frozen=True)
class Address:
    """
    Where a database is and how to log in.

    Args:
        host: Blank for a file.

        port: 0 = the usual port of the kind of database.

        database: Its name; for Oracle the service, for SQLite the path of the file.

        encrypted: Over TLS, with the server's certificate and host name verified.

        authorities: The certificates to trust (PEM); blank: those that this machine trusts.

        pinned: The network address that the host name was resolved to and allowed; blank: resolved when connecting.
    """

    database: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    encrypted: bool = True
    authorities: str = ""
    pinned: str = ""

    @property
    def reached_at(self) -> str:
        """
        For drivers that verify the very name that they connect to.

        With TLS the name, since another machine that it may lead to a moment later cannot prove it.
        """
        return self.host if self.encrypted else self.pinned or self.host


@dataclass(frozen=True)
class Limits:
    """
    How much one pull may ask of the database.

    Args:
        rows: Of one statement; one more refuses the pull, since a part of the rows is worse than none.

        seconds: For one statement.
    """

    rows: int = 2_000_000
    seconds: int = 600
