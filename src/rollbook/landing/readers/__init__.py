"""From the bytes of a delivery to frames of text rows with their true line numbers."""

from rollbook.landing.readers.delivery import Delivery, open_delivery
from rollbook.landing.readers.sheet import Sheet
from rollbook.landing.readers.terms import Limits, Note, Template

__all__ = ["Delivery", "Limits", "Note", "Sheet", "Template", "open_delivery"]
