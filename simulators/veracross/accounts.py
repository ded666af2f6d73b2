"""The accounts host: tokens for applications, as OAuth 2 has them, and nothing but in the body of a form."""

from collections.abc import Mapping

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.veracross import catalogue
from simulators.veracross.problems import problem, refusal
from simulators.veracross.site import Site

FORM = "application/x-www-form-urlencoded"


class Accounts(Site):
    """Answers `/{school}/oauth/`."""

    @route("POST", "/{school}/oauth/token")
    def token(self, request: Request, school: str) -> Answer:
        if answer := self._refused(request, school):
            return answer
        form = request.form
        if form.get("grant_type") != "client_credentials":
            return refusal(400, "unsupported_grant_type", "The authorization grant type is not supported")
        asked = frozenset(form.get("scope", "").split())
        granted = asked & self._granted()
        if not granted or (granted != asked and self.options["scope_refusal"] == "refuse"):
            return refusal(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed")
        made = self.tokens.issue(granted)
        return as_json(
            {
                "access_token": made.text,
                "token_type": "Bearer",
                "expires_in": made.seconds,
                "scope": " ".join(sorted(made.scopes)),
                "created_at": int(made.created),
            }
        )

    @route("POST", "/{school}/oauth/revoke")
    def revoke(self, request: Request, school: str) -> Answer:
        if answer := self._refused(request, school):
            return answer
        self.tokens.revoke(request.form.get("token", ""))
        return as_json({})

    @route("POST", "/{school}/oauth/introspect")
    def introspect(self, request: Request, school: str) -> Answer:
        if answer := self._refused(request, school):
            return answer
        wanted = request.form.get("token", "")
        found = next((one for one in self.tokens.live() if one.text == wanted), None)
        if found is None:
            return as_json({"active": False})
        ends = int(found.created + found.seconds)
        return as_json({"active": True, "scope": " ".join(sorted(found.scopes)), "exp": ends})

    @route("GET", "/{school}/.well-known/openid-configuration")
    def configuration(self, request: Request, school: str) -> Answer:
        if not self.is_school(school):
            return problem(404, "The requested client is unknown")
        base = f"{self.url}/{school}/oauth"
        return as_json(
            {
                "issuer": f"{self.url}/{school}",
                "token_endpoint": f"{base}/token",
                "introspection_endpoint": f"{base}/introspect",
                "revocation_endpoint": f"{base}/revoke",
                "grant_types_supported": ["client_credentials", "authorization_code"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    def _refused(self, request: Request, school: str) -> Answer | None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            return refusal(415, "unsupported_media_type", f"The content type must be {FORM}")
        if not self.is_school(school):
            return problem(404, "The requested client is unknown")
        if not self._is_client(request.form):
            return refusal(401, "invalid_client", "Client authentication failed")
        return None

    def _is_client(self, form: Mapping[str, str]) -> bool:
        """Only the body is looked at: HTTP Basic is no way in."""
        wanted = (self.options["client_id"], self.options["client_secret"])
        return (form.get("client_id"), form.get("client_secret")) == wanted

    def _granted(self) -> frozenset[str]:
        every = {catalogue.scope(path, reading) for path in catalogue.RESOURCES for reading in ("list", "read")}
        return frozenset(every - set(self.options["without_scopes"].split(",")))
