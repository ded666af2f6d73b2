"""
What a sender's program needs to connect: host, port, login, the key of this server; also as files for programs.

None of the files holds a password: files are copied about, and stay where they were put.
"""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings

from rollbook.intake.models import Account

_ANY = ("0.0.0.0", "::")  # listens on all addresses, so it is the name of none

_WINSCP = """\
# Sends files by WinSCP. Put in your password and your folder, then: winscp.com /script={login}-winscp.txt
# With a key instead of a password: -privatekey="C:\\keys\\{login}.ppk"
option batch abort
option confirm off
open sftp://{login}@{host}:{port}/ -password="YOUR PASSWORD" -hostkey="{kind} 255 {digest}"
put "C:\\export\\*.csv" /inbox/
exit
"""

_FILEZILLA = """\
<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3>
  <Servers>
    <Server>
      <Host>{host}</Host>
      <Port>{port}</Port>
      <Protocol>1</Protocol>
      <Type>0</Type>
      <User>{login}</User>
      <Logontype>2</Logontype>
      <EncodingType>UTF-8</EncodingType>
      <Name>{login} at {host}</Name>
      <RemoteDir>1 0 5 inbox</RemoteDir>
    </Server>
  </Servers>
</FileZilla3>
"""

_OPENSSH = """\
# Append this to ~/.ssh/config, and the file of known hosts to ~/.ssh/known_hosts. Then: sftp {login}
Host {login}
    HostName {host}
    Port {port}
    User {login}
    StrictHostKeyChecking yes
"""


@dataclass(frozen=True)
class Connection:
    """
    Where an account logs in.

    Args:
        host_key: As in `known_hosts`: kind and key.

        fingerprint: What a program shows at the first connection, such as `SHA256:…`.
    """

    host: str
    port: int
    login: str
    host_key: str
    fingerprint: str

    def files(self) -> dict[str, str]:
        """Name -> content of files that set a program up."""
        kind, key = self.host_key.split()[:2]
        digest = self.fingerprint.partition(":")[2]
        facts = {"host": self.host, "port": self.port, "login": self.login, "kind": kind}
        facts["digest"] = digest + "=" * (-len(digest) % 4)
        where = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
        return {
            f"{self.login}-winscp.txt": _WINSCP.format_map(facts),
            f"{self.login}-filezilla.xml": _FILEZILLA.format_map({k: escape(str(v)) for k, v in facts.items()}),
            f"{self.login}-ssh-config.txt": _OPENSSH.format_map(facts),
            f"{self.login}-known-hosts.txt": f"{where} {kind} {key}\n",
        }


def connection(account: Account) -> Connection:
    """Where the account logs in."""
    from rollbook.sftp import hostkey  # loads asyncssh, which most pages do not need

    return Connection(host(), port(), account.login, hostkey.public_line(), hostkey.fingerprint())


def host() -> str:
    """The name under which senders reach the server: SFTP_PUBLIC_HOST, else that of the pages, else this machine's."""
    own = socket.gethostname() if settings.SFTP_HOST in _ANY else settings.SFTP_HOST
    return settings.SFTP_PUBLIC_HOST or urlsplit(settings.BASE_URL).hostname or own


def port() -> int:
    """The port at which senders reach the server."""
    listening = 2022 if settings.SFTP_PORT == "off" else int(settings.SFTP_PORT)
    return int(settings.SFTP_PUBLIC_PORT or listening)
