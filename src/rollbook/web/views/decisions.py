"""Approve, discard, undo, cancel or retry a run: a page that says what it will do, then the deed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from rollbook.accounts.models import Member
from rollbook.core.errors import RollbookError
from rollbook.jobs import queue
from rollbook.runs import decisions
from rollbook.runs.models import IllegalMove, Run
from rollbook.web import words
from rollbook.web.access import member_of, visible_run
from rollbook.web.live import can_cancel, can_retry
from rollbook.web.rundetail import can_undo, waits


@dataclass(frozen=True)
class Decision:
    """
    One thing a member can decide about a run.

    Args:
        decide: Does it; gives the run to look at next.

        is_open: Whether it can still be decided.

        tally: What is counted for the member who decides: action -> words.
    """

    name: str
    decide: Callable[[Run, Member], Run]
    is_open: Callable[[Run], bool]
    done: str
    tally: Mapping[str, str] = field(default_factory=dict)


_WRITES = {
    "create": "records made",
    "update": "records changed",
    "reactivate": "records back again",
    "deactivate": "records deactivated",
}
_APPROVE = Decision(
    "approve", queue.approve, waits, "Run {run} was approved. It is applied when its turn comes.", _WRITES
)
_DISCARD = Decision("discard", decisions.discard, waits, "Run {run} was discarded. The roster is as it was.")
_UNDO = Decision(
    "undo", queue.undo, can_undo, "This is the run that takes run {run} back, when its turn comes.", _WRITES
)

_CANCEL = Decision(
    "cancel",
    lambda run, _member: queue.cancel(run),
    can_cancel,
    "Run {run} is cancelled. If it had begun, it stops at its next step.",
)
_RETRY = Decision("retry", queue.retry, can_retry, "This is the run that tries run {run} again, when its turn comes.")


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: HttpRequest, run: int) -> HttpResponse:
    """Apply the plan of a run that was tested or held."""
    return _decide(request, run, _APPROVE)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, run: int) -> HttpResponse:
    """Put the plan of a run that was tested or held aside."""
    return _decide(request, run, _DISCARD)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, run: int) -> HttpResponse:
    """Take back what a run wrote."""
    return _decide(request, run, _UNDO)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, run: int) -> HttpResponse:
    """Take a run out of the queue, or stop it at its next step."""
    return _decide(request, run, _CANCEL)


@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: HttpRequest, run: int) -> HttpResponse:
    """Ask for a run like one that failed or was cancelled."""
    return _decide(request, run, _RETRY)


def _decide(request: HttpRequest, number: int, decision: Decision) -> HttpResponse:
    run = visible_run(request, number)
    if not decision.is_open(run):
        state = words.state_chip(run.state).label
        messages.warning(request, f"There is nothing to {decision.name}: the run is “{state}” by now.")
        return redirect("run", run.pk)
    error, status = "", 200
    if request.method == "POST":
        try:
            onward = decision.decide(run, member_of(request))
        except (RollbookError, IllegalMove) as refused:
            error, status = str(refused), 409
        else:
            messages.success(request, decision.done.format(run=number))
            return redirect("run", onward.pk)
    context = {
        "run": run,
        "decision": decision.name,
        "error": error,
        "held": words.held_sentences(run),
        "tally": list(decision.tally.items()),
    }
    return render(request, "web/run/decide.html", context, status=status)
