"""What every template knows."""

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def theme(request: HttpRequest) -> dict[str, object]:
    """The look this browser asked for; `auto` follows the system."""
    chosen = request.COOKIES.get("theme", "auto")
    return {"theme": chosen if chosen in THEMES else "auto", "themes": THEMES}
