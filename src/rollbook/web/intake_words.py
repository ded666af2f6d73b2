"""Deliveries, files that were received and bans, in the words of the pages."""

from rollbook.intake import tokens
from rollbook.intake.models import Account, Delivery, Handover, Mark, ReceivedFile
from rollbook.intake.protection import Fact
from rollbook.web.words import Chip

_DELIVERIES = {
    Delivery.State.WAITING: Chip("info", "clock", "Waits for its run"),
    Delivery.State.RUNNING: Chip("info", "running", "Being checked"),
    Delivery.State.ACCEPTED: Chip("good", "check", "Accepted"),
    Delivery.State.HELD: Chip("warn", "hand", "Held"),
    Delivery.State.REFUSED: Chip("bad", "cross", "Refused"),
    Delivery.State.INCOMPLETE: Chip("warn", "alert", "Incomplete"),
    Delivery.State.UNCHANGED: Chip("quiet", "dash", "Unchanged"),
}
_FILES = {
    ReceivedFile.State.RECEIVING: Chip("info", "running", "Being received"),
    ReceivedFile.State.WHOLE: Chip("info", "check", "Received"),
    ReceivedFile.State.PARTIAL: Chip("warn", "alert", "Broken off"),
    ReceivedFile.State.TAKEN: Chip("good", "check", "Taken"),
    ReceivedFile.State.REPLACED: Chip("quiet", "undo", "Replaced"),
    ReceivedFile.State.REMOVED: Chip("quiet", "cross", "Removed"),
    ReceivedFile.State.CLEARED: Chip("quiet", "slash", "Cleared"),
    ReceivedFile.State.LOST: Chip("bad", "cross", "Missing"),
    ReceivedFile.State.DROPPED: Chip("warn", "slash", "Given up"),
}
_ENDED_BY = {
    "quiet": "Some minutes without activity",
    "marker": "The marker file",
    "sent": "It was marked as sent",
    "hand": "A person took it as it was",
}
_MARKS = {
    Mark.Kind.SENT: "Marked as sent",
    Mark.Kind.TAKEN: "Taken as it was",
    Mark.Kind.VERIFIED: "Marked as verified",
    Mark.Kind.ACTIVATED: "Activated",
}
_LINKS = {
    Handover.State.OPEN: Chip("info", "clock", "Waits"),
    Handover.State.COLLECTED: Chip("good", "check", "Collected"),
    Handover.State.FORWARDED: Chip("quiet", "arrow", "Handed on"),
    Handover.State.REPLACED: Chip("quiet", "undo", "Replaced"),
    Handover.State.WITHDRAWN: Chip("quiet", "slash", "Withdrawn"),
    Handover.State.BLOCKED: Chip("bad", "hand", "Blocked"),
    Handover.State.LAPSED: Chip("warn", "alert", "Lapsed"),
}
_TOKENS = {
    "in use": Chip("good", "check", "In use"),
    "not used yet": Chip("info", "clock", "Not used yet"),
    "silent": Chip("warn", "alert", "Silent"),
    "account off": Chip("quiet", "slash", "Account off"),
    "expired": Chip("quiet", "dash", "Expired"),
    "revoked": Chip("quiet", "cross", "Revoked"),
}
_REASONS = {
    "unknown-user": "unknown login",
    "wrong-password": "wrong password",
    "wrong-token": "wrong token",
    "wrong-key": "wrong key",
    "wrong-network": "not from the account's networks",
    "no-login": "connected without logging in",
    "no-ssh": "spoke no SSH",
}


def delivery_chip(state: str) -> Chip:
    """What became of a delivery."""
    return _DELIVERIES[Delivery.State(state)]


def file_chip(state: str) -> Chip:
    """What became of a file that was received."""
    return _FILES[ReceivedFile.State(state)]


def ended_by(what: str) -> str:
    """What said that a delivery is complete."""
    return _ENDED_BY[what]


def mark(kind: str) -> str:
    """What somebody said of a delivery."""
    return _MARKS[Mark.Kind(kind)]


def reason(code: str) -> str:
    """What a stranger did."""
    return _REASONS.get(code, code)


def handover_chip(state: str) -> Chip:
    """What became of a link to credentials."""
    return _LINKS[Handover.State(state)]


def account_chip(account: Account) -> Chip:
    """Whether an account can be used."""
    if not account.is_active:
        return Chip("quiet", "slash", "Off")
    if not (account.password or account.public_keys or tokens.live().filter(account=account).exists()):
        return Chip("warn", "clock", "No credentials yet")
    return Chip("good", "check", "On")


def fact_chip(fact: Fact) -> Chip:
    """Whether a protection holds."""
    return Chip("good", "check", "Yes") if fact.is_on else Chip("warn", "dash", "No")


def token_chip(state: str) -> Chip:
    """What can be said of a token, and of the program that has it."""
    return _TOKENS[state]


def size(count: int) -> str:
    """Bytes as they are asked for in forms and commands: 20 GB are 20,000,000,000."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} byte{'' if count == 1 else 's'}"
