"""Deliveries and what belongs to them, in the words of the pages."""

from rollbook.intake.models import Delivery
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


def delivery_chip(state: str) -> Chip:
    """What became of a delivery."""
    return _DELIVERIES[Delivery.State(state)]
