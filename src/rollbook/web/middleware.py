"""What every request meets: headers that every page carries, and the answers to those who watch the hub."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from rollbook.web.views import operations

# Everything a page needs comes from the hub itself, and no script or style is written into a page.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class PageHeaders:
    """Forbid browsers whatever our pages do not do; keep pages with people's data out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Probes:
    """
    Answer those who watch the hub before anything else looks at their request.

    They ask by the machine's address and not by a name of ALLOWED_HOSTS, and they log in nowhere. The first of all
    middleware, so that `/healthz` needs neither a session nor a database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = operations.VIEWS.get(request.path_info)
        return view(request) if view else self.get_response(request)
