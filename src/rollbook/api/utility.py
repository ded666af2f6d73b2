"""What the upload utility says of itself, and what it needs to know: its account, and the rules of the check."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from rollbook import __version__
from rollbook.api import bodies
from rollbook.api.door import for_tokens
from rollbook.api.refusals import Refused, bad_request
from rollbook.intake import rules, tokens
from rollbook.intake.models import UploadToken

_FACTS = ("version", "host", "system")


@for_tokens("POST")
def hello(request: HttpRequest, token: UploadToken) -> HttpResponse:
    """A program says which version it is and where it runs, and is told what was agreed with its account."""
    said = bodies.json_of(request)
    facts = {name: said.get(name, "") for name in _FACTS}
    if not all(isinstance(value, str) for value in facts.values()):
        raise bad_request(f"{', '.join(_FACTS)} must be text.")
    tokens.note_contact(token, timezone.now(), **facts)
    account = token.account
    return JsonResponse(
        {
            "account": account.login,
            "tenant": account.integration.tenant.name,
            "integration": account.integration.name,
            "patterns": account.patterns,
            "folders": account.folders,
            "marker": account.marker,
            "largest_file": account.largest_file,
            "rules": {"digest": rules.digest(account)},
            "newest_version": __version__,
        }
    )


@for_tokens("GET", "HEAD")
def signed_rules(request: HttpRequest, token: UploadToken) -> HttpResponse:
    """The rules by which the files are checked, signed; nothing where the program has them already (ETag)."""
    tag = f'"{rules.digest(token.account)}"'
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    return JsonResponse(dict(rules.bundle(token.account)), headers={"ETag": tag})


@for_tokens("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def nothing(request: HttpRequest, token: UploadToken, path: str) -> HttpResponse:  # noqa: ARG001
    """Whatever else is asked for."""
    raise Refused(404, "not-found", "There is nothing at this address. Nothing was done. See docs/upload-api.md.")
