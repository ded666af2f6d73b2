"""The configuration: an INI file, as the hub offers it or as `init` writes it."""

from __future__ import annotations

import configparser
import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rollbook_upload.errors import ConfigError

NAME = "rollbook-upload.ini"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0", "")

TEMPLATE = """\
# What rollbook-upload sends, and where to. The hub offers a file with [hub] and [sftp] filled in.
# Lines that begin with # are remarks. Keep this file to yourself: the token in it lets others send in your name.

[hub]
# Address of the hub, and the token that its specialist gave you.
url =
token =
# The key by which the hub signs its rules. Without it files are not checked before they are sent.
rules_key =
# A file with the certificate of your own authority, where the hub does not use a public one.
# ca_file = authority.pem

# Only for sending by SFTP: needs OpenSSH's program sftp, and a key without passphrase that the hub knows.
# [sftp]
# host = hub.example
# port = 2022
# login = northfield
# host_key = ssh-ed25519 AAAA...
# key_file = northfield_key

[watch]
# The folder that your system exports to. A path without a beginning counts from the place of this file.
folder = .
# Which files are sent, and in which folders below they may lie (none unless you name them).
patterns = *.csv, *.txt
folders =

[send]
# https or sftp.
way = https
# When the check finds errors: send (the hub takes what is right and reports the rest) or stop (nothing is sent).
on_errors = send
# Afterwards: leave the files, or move them to the folder named below. Nothing is ever deleted.
after = leave
sent_folder = sent
# Tell the hub after each round that this was all, so that it need not wait; and wait so many minutes for its receipt.
finish = yes
wait_for_receipt = 0
# Minutes between two rounds, unless a scheduler starts each; seconds that a file must have been left alone.
every = 15
settle = 10
"""


@dataclass(frozen=True)
class Hub:
    """The hub's address over HTTPS."""

    url: str = ""
    token: str = field(default="", repr=False)
    rules_key: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True)
class Sftp:
    """The hub's address over SFTP."""

    host: str = ""
    port: int = 2022
    login: str = ""
    host_key: str = ""
    key_file: Path | None = None
    marker: str = ""


@dataclass(frozen=True)
class Config:
    """
    Everything that was configured.

    Args:
        path: The file itself; what the program remembers lies beside it.
    """

    path: Path
    hub: Hub
    sftp: Sftp
    way: str
    folder: Path
    patterns: list[str]
    folders: list[str]
    on_errors: str
    after: str
    sent_folder: Path
    finish: bool
    wait_for_receipt: float
    every: float
    settle: float

    def beside(self, ending: str) -> Path:
        """A file of the program's own, beside the configuration."""
        return self.path.with_name(self.path.stem + ending)

    @property
    def target(self) -> str:
        """What tells one place to send to from another."""
        return self.hub.url if self.way == "https" else f"{self.sftp.login}@{self.sftp.host}:{self.sftp.port}"


def default_path() -> Path:
    """Beside the program when there is one, else in the user's folder."""
    beside = Path(sys.argv[0]).resolve().parent / NAME
    return beside if beside.exists() else Path.home() / ".config" / NAME


def write_template(path: Path) -> None:
    """
    Write a commented configuration that only its owner can read.

    Raises:
        ConfigError: There is a file already.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"There is a configuration already: {path}. It was not changed.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}).") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(TEMPLATE)


def load(path: Path) -> Config:
    """
    Read a configuration.

    Raises:
        ConfigError: It is not there, others can read it, or something in it cannot be used.
    """
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=None)
    try:
        with path.open(encoding="utf-8-sig") as file:
            _judge_owner(path, os.fstat(file.fileno()))
            parser.read_file(file)
    except FileNotFoundError:
        raise ConfigError(f"There is no configuration {path}. Make one: rollbook-upload --config {path} init") from None
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read ({error.strerror}).") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        said = str(error).partition("\n")[0].rstrip(".") if isinstance(error, configparser.Error) else "it is no UTF-8"
        raise ConfigError(f"The configuration {path} cannot be read: {said}. Nothing was sent.") from None
    return _Reader(path.resolve(), parser).config()


def _judge_owner(path: Path, status: os.stat_result) -> None:
    """On Windows folders of a user are closed to others already."""
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigError(f"Others can read {path}, and a token is in it. Nothing was sent. Run: chmod 600 {path}")


class _Reader:
    """Reads values, and says which one is wrong."""

    def __init__(self, path: Path, parser: configparser.ConfigParser) -> None:
        self.path, self.parser = path, parser

    def config(self) -> Config:
        self._judge_names()
        way = self._choice("send", "way", ("https", "sftp"), "https" if self._text("hub", "token") else "sftp")
        folder = self._place("watch", "folder", ".") or self.path.parent
        config = Config(
            path=self.path,
            hub=self._hub(),
            sftp=self._sftp(),
            way=way,
            folder=folder,
            patterns=self._list("watch", "patterns"),
            folders=self._list("watch", "folders"),
            on_errors=self._choice("send", "on_errors", ("send", "stop"), "send"),
            after=self._choice("send", "after", ("leave", "move"), "leave"),
            sent_folder=self._place("send", "sent_folder", "sent") or folder / "sent",
            finish=self._flag("send", "finish", "yes"),
            wait_for_receipt=self._number("send", "wait_for_receipt", 0),
            every=self._number("send", "every", 15),
            settle=self._number("send", "settle", 10),
        )
        self._judge(config)
        return config

    def _hub(self) -> Hub:
        url = self._text("hub", "url").rstrip("/")
        try:
            parts = urlsplit(url)
            port_is_fine = parts.port is None or parts.port > 0
        except ValueError:
            parts, port_is_fine = urlsplit(""), False
        if url and (parts.scheme not in ("https", "http") or not parts.hostname or parts.username or not port_is_fine):
            raise self._wrong("hub", "url", "write it as https://hub.example")
        plain = self._flag("hub", "plain_http", "no")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not plain:
            raise self._wrong("hub", "url", "it must begin with https://, or the token could be read on its way")
        return Hub(url, self._text("hub", "token"), self._text("hub", "rules_key"), self._place("hub", "ca_file", ""))

    def _sftp(self) -> Sftp:
        port = self._number("sftp", "port", 2022)
        names = {name: self._text("sftp", name) for name in ("host", "login", "host_key", "marker")}
        for name in ("host", "login"):
            if names[name].startswith("-") or any(letter in names[name] for letter in " \"'@/\\"):
                raise self._wrong("sftp", name, "it holds a character that it cannot have")
        return Sftp(port=int(port), key_file=self._place("sftp", "key_file", ""), **names)

    def _judge(self, config: Config) -> None:
        """Raise when what the chosen way needs is missing."""
        wanted = {"https": ("hub", ("url", "token")), "sftp": ("sftp", ("host", "login", "host_key", "key_file"))}
        section, names = wanted[config.way]
        missing = [name for name in names if not self._text(section, name)]
        if missing:
            raise ConfigError(f"{self.path}: [{section}] lacks {', '.join(missing)}. Nothing was sent.")
        if config.way == "sftp" and not 0 < config.sftp.port < 65536:
            raise self._wrong("sftp", "port", "a port is a number up to 65535")
        if not config.folder.is_dir():
            raise self._wrong("watch", "folder", f"there is no folder {config.folder}")

    def _judge_names(self) -> None:
        known = {
            "hub": "url token rules_key ca_file plain_http",
            "sftp": "host port login host_key key_file marker",
            "watch": "folder patterns folders",
            "send": "way on_errors after sent_folder finish wait_for_receipt every settle",
        }
        for section in self.parser.sections():
            for name in self.parser[section]:
                if name not in known.get(section, "").split():
                    raise ConfigError(f"{self.path}: there is no setting {name} in [{section}]. Nothing was sent.")

    def _text(self, section: str, name: str, otherwise: str = "") -> str:
        return self.parser.get(section, name, fallback=otherwise).strip()

    def _list(self, section: str, name: str) -> list[str]:
        return [part.strip() for part in self._text(section, name).replace("\n", ",").split(",") if part.strip()]

    def _place(self, section: str, name: str, otherwise: str) -> Path | None:
        text = self._text(section, name) or otherwise
        return self.path.parent / Path(text).expanduser() if text else None

    def _choice(self, section: str, name: str, choices: tuple[str, ...], otherwise: str) -> str:
        text = self._text(section, name).lower() or otherwise
        if text not in choices:
            raise self._wrong(section, name, f"it is one of: {', '.join(choices)}")
        return text

    def _flag(self, section: str, name: str, otherwise: str) -> bool:
        text = self._text(section, name, otherwise).lower()
        if text not in _YES + _NO:
            raise self._wrong(section, name, "write yes or no")
        return text in _YES

    def _number(self, section: str, name: str, otherwise: float) -> float:
        text = self._text(section, name)
        try:
            number = float(text or otherwise)
        except ValueError:
            number = -1
        if not 0 <= number <= 100_000:
            raise self._wrong(section, name, "it is a number, and not a negative one")
        return number

    def _wrong(self, section: str, name: str, why: str) -> ConfigError:
        return ConfigError(f"{self.path}: {name} in [{section}] cannot be used: {why}. Nothing was sent.")
