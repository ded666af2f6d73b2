"""One round: look into the folder, check, send what has changed, hear what the hub says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Union

from rollbook_upload import bundle, state, talk, watching
from rollbook_upload.config import Config
from rollbook_upload.errors import DONE, FAILED, FINDINGS, REFUSED, FileChanged, HubRefused
from rollbook_upload.hub import Agreed, HttpsWay
from rollbook_upload.preflight import Report, check
from rollbook_upload.sftp import SftpWay
from rollbook_upload.watching import Found

log = logging.getLogger("rollbook_upload")
Way = Union[HttpsWay, SftpWay]


@dataclass(frozen=True)
class Wishes:
    """
    What was said on the command line.

    Args:
        dry_run: Say what would be sent, and send nothing.
    """

    dry_run: bool = False
    say: Callable[[str], None] = print
    progress: talk.Progress = field(default_factory=talk.Progress)


class Round:
    """One round of a configuration; the lock is held by whoever calls it."""

    def __init__(self, config: Config, wishes: Wishes) -> None:
        self.config, self.wishes = config, wishes
        self.state = state.load(config.beside(".state.json"), config.target)
        if self.state.was_damaged:
            log.warning("What was sent before cannot be read any more; the file was put aside. Files are sent again.")
        self.rulebook = rulebook(config)

    def go(self) -> int:
        """
        Do it; the exit code.

        Raises:
            UploadError: Nothing more could be done.
        """
        way: Way = HttpsWay(self.config, self.state) if self.config.way == "https" else SftpWay(self.config)
        try:
            return self._go(way)
        finally:
            way.close()

    def _go(self, way: Way) -> int:
        agreed = way.hello(self.rulebook)
        found, refused = watching.look(self.config, agreed)
        for sentence in refused:
            log.warning("%s", sentence)
        changed = self._changed(found)
        ready = watching.settled(changed, self.config.settle)
        growing = [one for one in changed if one not in ready]
        for one in growing:
            log.info("%s is still being written. It is sent in a later round.", one.path)
        if not ready:
            log.info("Nothing to send.")
            self._finish(way, growing)
            return REFUSED if refused else DONE
        report = self._checked(found, growing)
        if report is not None and report.has_errors and self.config.on_errors == "stop":
            log.warning("The check found errors, and on_errors is stop. Nothing was sent.")
            return FINDINGS
        if self.wishes.dry_run:
            for one in ready:
                self.wishes.say(f"Would send {one.path} ({talk.in_words(one.file.stat().st_size)})")
        else:
            failed = self._send(way, ready)
            if failed:
                return failed
            self._finish(way, growing)
        if report is not None and report.has_errors:
            return FINDINGS
        return REFUSED if refused else DONE

    def _changed(self, found: list[Found]) -> list[Found]:
        """What the hub does not have as it is here."""
        changed = []
        for one in found:
            try:
                if self.state.sent.get(one.path) != watching.sha256(one.file):
                    changed.append(one)
            except OSError as error:
                log.warning("%s cannot be read (%s). It was not sent.", one.path, error.strerror)
        return changed

    def _checked(self, found: list[Found], growing: list[Found]) -> Report | None:
        """The findings, told; None without rules."""
        whole = [(one.name, one.file) for one in found if one not in growing]
        report = preflight(self.rulebook, whole, [one.name for one in growing])
        if report is not None:
            talk.tell_log(report)
            self.wishes.say(talk.in_lines(report))
        return report

    def _send(self, way: Way, ready: list[Found]) -> int:
        """Send files, one after the other; the exit code of what kept any from being sent."""
        failed = DONE
        for one in ready:
            try:
                digest = watching.sha256(one.file)
                way.send(one.path, one.file, digest, partial(self.wishes.progress.show, one.path))
            except FileChanged as error:
                log.warning("%s", error)
            except OSError as error:
                log.warning("%s cannot be read (%s). It was not sent.", one.path, error.strerror)
                failed = failed or FAILED
            except HubRefused as error:
                log.error("%s: %s", one.path, error)
                if error.status in (401, 403):
                    raise
                failed = REFUSED
            else:
                self.state.sent[one.path], self.state.unfinished = digest, True
                self.state.save()
                log.info("Sent %s (%s).", one.path, talk.in_words(one.file.stat().st_size))
                self._after(one)
            finally:
                self.wishes.progress.end()
        return failed

    def _after(self, one: Found) -> None:
        """Leave a file that was sent, or move it; never over another one."""
        if self.config.after != "move":
            return
        target = _free(self.config.sent_folder / one.path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            one.file.replace(target)
        except OSError as error:
            log.warning("%s was sent and could not be moved (%s).", one.path, error.strerror)

    def _finish(self, way: Way, growing: list[Found]) -> None:
        """Say that this was all, where something was sent since it was said last, and nothing is still to come."""
        if growing or not (self.config.finish and self.state.unfinished) or self.wishes.dry_run:
            return
        delivery = way.finish()
        if delivery or not isinstance(way, HttpsWay):
            self.state.unfinished = False
            self.state.save()
        if not isinstance(way, HttpsWay):
            return
        if not delivery:
            log.info("The hub makes a delivery of the files by itself, a few minutes after the last one.")
            return
        log.info("The hub has begun with delivery %d.", delivery)
        if self.config.wait_for_receipt:
            self._show_receipt(way, delivery)

    def _show_receipt(self, way: HttpsWay, delivery: int) -> None:
        said = way.receipt(delivery, self.config.wait_for_receipt)
        result = str(said.get("result") or "still being checked")
        log.info("Delivery %d: %s.", delivery, result)
        self.wishes.say(str(said.get("receipt") or said.get("error") or f"Delivery {delivery}: {result}."))


def rulebook(config: Config) -> bundle.Rulebook | None:
    """The rules at hand; None where no key to prove them is configured."""
    if not config.hub.rules_key:
        return None
    return bundle.Rulebook(config.beside(".rules.json"), config.hub.rules_key)


def preflight(held: bundle.Rulebook | None, files: list[tuple[str, Path]], later: Sequence[str] = ()) -> Report | None:
    """Check files by the rules at hand, without those that come later; None where there are no rules."""
    rules = held.rules() if held is not None else None
    if rules is None:
        log.info("There are no rules to check by (rules_key, a first contact over https). The hub checks the files.")
        return None
    return check(files, rules, later)


def agreed_offline(config: Config) -> Agreed:
    """What the configuration alone says."""
    return Agreed(config.patterns, config.folders)


def _free(target: Path) -> Path:
    """A name that nothing has yet."""
    free, number = target, 1
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
