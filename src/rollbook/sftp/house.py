"""
Everything that connections share: who is here, who is kept out, how many may come, and the way to the database.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from rollbook.intake import accounts, store, watch
from rollbook.intake.models import Account
from rollbook.sftp.desk import Desk
from rollbook.sftp.guest import Guest
from rollbook.sftp.ledger import Ledger
from rollbook.sftp.quick import Quick
from rollbook.sftp.view import View

log = logging.getLogger("rollbook.sftp")

REFUSED = "sftp.login_refused from=%s reason=%s"
"""The line that fail2ban and CrowdSec look for; docs/operate.md has their expressions."""

_Result = TypeVar("_Result")
_LAST = 5.0  # seconds to empty the journals at the end
_LOOK = 3.0  # seconds between two looks at bans, accounts and idle guests


class House:
    """The server's state. Belongs to one event loop."""

    def __init__(self) -> None:
        self.guests: set[Guest] = set()
        self.is_closing = False
        self.ledger = Ledger()
        self._quick = Quick(self.ledger)
        self._readers = ThreadPoolExecutor(4, "reader")
        self._hashers = ThreadPoolExecutor(2, "hasher")
        self._desks: dict[int, Desk] = {}
        self._banned: set[str] = set()
        self._here: Counter[str] = Counter()

    # Coming and going ------------------------------------------------------------------------------------

    def is_banned(self, address: str) -> bool:
        """Whether an address is not answered."""
        return settings.SFTP_WATCH and watch.network_of(address) in self._banned

    def enter(self, guest: Guest) -> bool:
        """
        Count a connection in; False: there is no room.

        When the house is full, the oldest connection that has not logged in makes room, of the address that has most
        of them: half-open connections keep nobody out.
        """
        network = watch.network_of(guest.address)
        if self.is_closing or self._here[network] >= settings.SFTP_SESSIONS_PER_ADDRESS:
            log.warning("sftp.too_many from=%s", guest.address)
            return False
        if len(self.guests) >= settings.SFTP_SESSIONS and not self._make_room():
            log.warning("sftp.full from=%s", guest.address)
            return False
        self.guests.add(guest)
        self._here[network] += 1
        return True

    def leave(self, guest: Guest) -> None:
        """Count a connection out."""
        if guest in self.guests:
            self.guests.discard(guest)
            self._here[watch.network_of(guest.address)] -= 1
            self._here += Counter()
        if guest.account and not any(other.account == guest.account for other in self.guests):
            self._desks.pop(guest.account.pk, None)

    def _make_room(self) -> bool:
        strangers = [guest for guest in self.guests if guest.account is None]
        if not strangers:
            return False
        of = Counter(guest.address for guest in strangers)
        worst = min(strangers, key=lambda guest: (-of[guest.address], guest.since))
        worst.cut_off()
        self.leave(worst)
        return True

    def welcome(self, guest: Guest) -> None:
        """Somebody has logged in."""
        account, now = guest.account, timezone.now()
        assert account is not None
        log.info("sftp.login from=%s login=%s", guest.address, account.login)
        self.ledger.note(lambda: Account.objects.filter(pk=account.pk).update(last_login=now))
        self.ledger.note(lambda: watch.forgive(guest.address, account.login))

    async def view(self, guest: Guest) -> View:
        """The folder of somebody who has logged in."""
        account = guest.account
        assert account is not None
        desk = self._desks.setdefault(account.pk, Desk(account, self._quick))
        await asyncio.to_thread(_get_ready, desk)
        return View(desk, self.ledger, guest.client.removeprefix("SSH-2.0-")[:64])

    # The database ----------------------------------------------------------------------------------------

    async def find(self, login: str) -> Account | None:
        """The account of a login, if it may be used."""
        if len(login) > 32:
            return None
        found = Account.objects.select_related("integration__tenant").filter(login=login, is_active=True)
        return await self._read(found.first)

    async def is_password(self, password: str, hashed: str) -> bool:
        """Whether it is the password."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashers, accounts.is_password, password, hashed)

    async def count(self, address: str, reason: str, login: str) -> None:
        """Count a wrong attempt, and keep the address out when it was one too many."""
        log.warning(REFUSED, address, reason)
        if settings.SFTP_WATCH:
            ban = await self.ledger.write(lambda: watch.note(address, reason, login))
            if ban is not None:
                self._banned.add(ban.network)

    def note(self, address: str, reason: str, login: str = "") -> None:
        """The same, without waiting."""
        task = asyncio.create_task(self.count(address, reason, login))
        task.add_done_callback(_heard)

    # What goes on all the time ---------------------------------------------------------------------------

    async def look_around(self) -> None:
        """Send away who is idle, banned, or switched off meanwhile; for ever."""
        while True:
            try:
                active = await self._read(self._look)
            except DatabaseError:
                log.error("sftp.database_away")
            else:
                self._send_away(active)
            self._quick.tidy()
            await asyncio.sleep(_LOOK)

    def _look(self) -> set[int]:
        """Read what has changed in the database: bans, and who may still be here."""
        self._banned = set(watch.current().values_list("network", flat=True))
        return set(Account.objects.filter(is_active=True).values_list("pk", flat=True))

    def _send_away(self, active: set[int]) -> None:
        now = time.monotonic()
        for guest in list(self.guests):
            if guest.account is None:
                continue
            if guest.account.pk not in active:
                guest.send_away("This account is switched off.")
            elif now - guest.last > settings.SFTP_IDLE_SECONDS:
                guest.send_away("Nothing was asked for a long time.")

    async def close(self, grace: float) -> None:
        """Let files in flight come to their end, as long as there is time; then all have to go."""
        self.is_closing = True
        until = time.monotonic() + grace
        while self.guests:
            for guest in list(self.guests):
                if not guest.is_receiving or time.monotonic() > until:
                    guest.send_away("The server restarts. Try again in a minute.")
                    if time.monotonic() > until:
                        guest.cut_off()
                        self.leave(guest)
            await asyncio.sleep(0.05)
        await self._quick.close(_LAST)
        await asyncio.to_thread(self.ledger.close)

    async def _read(self, read: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._readers, _fresh, read)


def _fresh(read: Callable[[], _Result]) -> _Result:
    """Read with a connection that works: one that broke is given back, and a new one is tried once."""
    try:
        return read()
    except DatabaseError:
        connection.close()
        return read()


def _get_ready(desk: Desk) -> None:
    store.prepare(desk.account)
    desk.count()


def _heard(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (failure := task.exception()):
        log.error("sftp.not_noted", exc_info=failure)
