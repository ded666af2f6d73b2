"""
The catalogue of events that people can be told of.

Codes are public: subscriptions and receivers of webhooks rely on them. The table in `docs/notifications.md` holds
them all, and a test compares the two. What an event says is made of numbers, codes and the name of an integration;
no text that came from a source is ever part of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rollbook.core.errors import SettingsError


class Severity(StrEnum):
    """How urgent an event is."""

    ERROR = "error"  # the roster does not follow its source until somebody acts
    WARNING = "warning"  # somebody should look
    NOTICE = "notice"  # good to know
    GOOD = "good"  # a trouble is over


@dataclass(frozen=True)
class Event:
    """
    One kind of happening.

    Args:
        text: One plain sentence; `{integration}` and the facts of a notice are filled in, a number with its word:
            `{rows:row|rows}`.

        todo: What whoever reads it can do.

        in_bell: Shown in the bell of the tenant's members without being asked for.

        is_mailed: Mailed to the tenant's members who have not chosen for themselves.
    """

    code: str
    severity: Severity
    title: str
    text: str
    todo: str = ""
    in_bell: bool = True
    is_mailed: bool = False


_E, _W, _N, _G = Severity.ERROR, Severity.WARNING, Severity.NOTICE, Severity.GOOD

EVENTS: tuple[Event, ...] = (
    Event(
        "run.failed",
        _E,
        "Run failed",
        "Run {run} of {integration} failed. The roster was not changed.",
        "Open the run to see why; the next run starts anew.",
        is_mailed=True,
    ),
    Event(
        "run.held",
        _E,
        "Run held for approval",
        "Run {run} of {integration} waits: its plan goes beyond a limit. The roster was not changed.",
        "Read the plan, then approve or discard it.",
        is_mailed=True,
    ),
    Event(
        "run.applied_with_errors",
        _W,
        "Applied with errors",
        "Run {run} of {integration} was applied, with {errors:error|errors}: rows or values that could not be taken.",
        "The error rows of the run can go back to the sender, to be mended.",
    ),
    Event(
        "run.recovered",
        _G,
        "First success after failures",
        "Run {run} of {integration} was applied, after {failures:failed run|failed runs}.",
    ),
    Event(
        "run.failing",
        _E,
        "20 failures in a row",
        "The last {failures:run|runs} of {integration} failed.",
        "Mend the cause: after 30 failures in a row its schedule is switched off.",
        is_mailed=True,
    ),
    Event(
        "schedule.switched_off",
        _E,
        "Schedule switched off",
        "The schedule of {integration} was switched off after {failures:failure|failures} in a row.",
        "No run starts by itself now. Mend the cause, carry one run by hand, then switch the schedule on.",
        is_mailed=True,
    ),
    Event(
        "delivery.missing",
        _E,
        "Nothing received since the expected time",
        "{integration} was expected to bring data by {expected}, and has not. The last came {last}.",
        "Ask the sender whether the export still runs.",
        is_mailed=True,
    ),
    Event(
        "delivery.unchanged",
        _W,
        "Same files for days",
        "{integration} has brought the very same files for {days:day|days}, since run {since_run}.",
        "The export may have stopped, and old files are read again.",
    ),
    Event(
        "delivery.received",
        _N,
        "Delivery received",
        "Run {run} of {integration} received {files:file|files} with {rows:row|rows}.",
        in_bell=False,
    ),
    Event(
        "delivery.answered",
        _N,
        "Delivery answered",
        "Delivery {delivery} of the account {login} for {integration} has {files:file|files}: {result}.",
        "Its receipt lies in the folder outbox of the account, with the report and the rows to mend.",
        in_bell=False,
    ),
    Event(
        "delivery.refused",
        _E,
        "Delivery refused",
        "Delivery {delivery} of the account {login} for {integration} was refused. The roster was not changed.",
        "Open the delivery to see why; its sender reads the same in the receipt.",
        is_mailed=True,
    ),
    Event(
        "delivery.waiting",
        _W,
        "Files wait",
        "What the account {login} has sent for {integration} waits since {since}; no delivery can be made of it.",
        "A sheet is missing, a file has broken off, or the marker file has not come. Ask the sender for it.",
        is_mailed=True,
    ),
    Event(
        "format.drift",
        _W,
        "Format has changed",
        "Run {run} of {integration} met {sheets:sheet|sheets} whose format is not that of last time.",
        "The issues “format-drift” of the run say which columns, separator or encoding.",
    ),
    Event(
        "credential.expiring",
        _W,
        "Credential about to expire",
        "A {kind} of {integration} expires on {expires}, in {days:day|days}.",
        "Renew it at the source, then give it the new date: rollbook notify expires.",
    ),
    Event(
        "handover.collected",
        _G,
        "Credentials collected",
        "The credentials of the account {login} of {integration} were collected; the link does not work any more.",
        "If its recipient says that it was somebody else, give the account a new password at once.",
        is_mailed=True,
    ),
    Event(
        "handover.forwarded",
        _N,
        "Credentials handed on",
        "The link to the credentials of the account {login} of {integration} was handed on to a colleague.",
        "The page of the account says to whom, and can withdraw the link.",
    ),
    Event(
        "handover.lapsed",
        _W,
        "Credentials not collected",
        "The link to the credentials of the account {login} of {integration} has lapsed; nobody used it.",
        "Ask the recipient whether the mail came, then make a new link on the page of the account.",
        is_mailed=True,
    ),
    Event(
        "handover.blocked",
        _W,
        "Wrong codes for credentials",
        "The link to the credentials of the account {login} of {integration} was blocked after wrong codes.",
        "Somebody else may have the link. Ask its recipient, then make a new one on the page of the account.",
        is_mailed=True,
    ),
)

_BY_CODE = {event.code: event for event in EVENTS}
CODES = tuple(_BY_CODE)


def event(code: str) -> Event:
    """The event with this code."""
    return _BY_CODE[code]


def checked(codes: Iterable[str]) -> list[str]:
    """
    The codes in the order of the catalogue, each once.

    Raises:
        SettingsError: One of them is no event.
    """
    wanted = set(codes)
    if unknown := sorted(wanted - set(CODES)):
        raise SettingsError(f"There is no event {', '.join(unknown)}. There are: {', '.join(CODES)}.")
    return [code for code in CODES if code in wanted]
