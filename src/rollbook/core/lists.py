"""Lists within one text, as settings have them."""


def listed(text: str) -> tuple[str, ...]:
    """The parts of a comma separated list, without the blanks around them; empty ones are left out."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
