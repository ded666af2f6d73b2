"""Paths, pages, sessions, and a cache that is up to two hours behind."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from simulators.http.messages import Answer, Request, as_html, as_json
from simulators.http.routes import route
from simulators.http.system import System
from simulators.illuminate.access import CONSUMER, CONSUMER_SECRET, TOKEN_LIFE, USER, USER_SECRET, Access
from simulators.illuminate.past import Past
from simulators.illuminate.world import Row, Table, tables
from simulators.model import District
from simulators.nights import FIRST_NIGHT

CACHE = timedelta(hours=2)
OF_A_SESSION = ("Students", "Enrollment", "Rosters", "MasterSchedule")
API = "/{root}/rest_server.php/Api"


class Illuminate(System):
    """
    An Illuminate server, with both of its roots, `live` and `dna`.

    Options:
        auth: `oauth1` or `oauth2`, for `settings`; the server takes both.

        scheme: By which the server believes it is reached (`http`, `https`).

        page: The most rows that a page has, whatever `limit` asks for.

        bare: The resources that come as a bare array instead of in pages, comma separated.

        counts: `number` or `text`: how `page`, `num_pages` and `num_results` are written.

        denied: The resources that the access key may not read, comma separated.

        denial: How it says so: `403`, or `empty` for an empty list.

        today: The server's day (YYYY-MM-DD), if not that of the night. Out of session its rosters are empty.
    """

    KIND = "illuminate"
    TITLE = "Illuminate"
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "auth": "oauth1",
        "scheme": "http",
        "page": "200",
        "bare": "Sites,GradeLevels",
        "counts": "number",
        "denied": "",
        "denial": "403",
        "today": "",
    }

    def __init__(self, district: District | None = None, *, port: int = 0, **options: str) -> None:
        self._past = Past()
        self._served: tuple[datetime, dict[str, Table]] | None = None
        self._hours = timedelta()
        super().__init__(district, port=port, **options)
        self._access = Access(self.options["scheme"])

    # Time -----------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The server's own clock: two o'clock in the night, and the hours that passed since."""
        return datetime.combine(FIRST_NIGHT + timedelta(days=self.district.night), time(2)) + self._hours

    @property
    def today(self) -> date:
        return date.fromisoformat(self.options["today"]) if self.options["today"] else self.now.date()

    def prepare(self) -> None:
        self._rows = tables(self.district)
        self._past.add(self._rows, self.now.date())
        self._serve()

    def pass_hours(self, hours: float) -> None:
        """Let the clock move: what was changed in between is served once the cache is two hours old."""
        with self.lock:
            self._hours += timedelta(hours=hours)
            self._serve()

    def _serve(self) -> None:
        if self._served is None or self.now - self._served[0] >= CACHE:
            self._served = (self.now, {name.casefold(): table for name, table in self._rows.items()})

    # Access ---------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, str]:
        year = next(iter(self.district.sessions.values())).school_year
        if self.options["auth"] == "oauth2":
            keys = {"client_id": CONSUMER, "client_secret": CONSUMER_SECRET}
        else:
            keys = {"consumer_token": CONSUMER, "consumer_secret": CONSUMER_SECRET,
                    "user_token": USER, "user_secret": USER_SECRET}  # fmt: skip
        return {"url": f"{self.url}/live/rest_server.php/Api/", "auth": self.options["auth"], **keys,
                "academic_year": str(year)}  # fmt: skip

    def expire_tokens(self) -> None:
        self._access.expire()

    @route("POST", "/{root}")
    def token(self, request: Request, root: str) -> Answer:
        form = request.form
        if "OAuth2_AccessToken" not in request.query:
            return self.unknown(request)
        if form.get("grant_type") != "client_credentials":
            return as_json({"error": "unsupported_grant_type"}, 400)
        token = self._access.grant(form.get("client_id", ""), form.get("client_secret", ""))
        if token is None:
            return as_json({"error": "invalid_client"}, 401)
        return as_json({"access_token": token, "expires_in": TOKEN_LIFE, "token_type": "Bearer", "scope": None})

    @route("GET", "/{root}")
    def documentation(self, request: Request, root: str) -> Answer:
        return as_html("Illuminate API" if "ApiDocumentation" in request.query else "Illuminate Education: Log In")

    def unknown(self, request: Request) -> Answer:
        return as_json({"error": "Unknown method"}, 404)

    # Resources ------------------------------------------------------------------------------------------

    @route("GET", f"{API}/{{name}}")
    def resource(self, request: Request, root: str, name: str) -> Answer:
        assert self._served is not None
        if root.casefold() not in ("live", "dna"):
            return self.unknown(request)
        if not self._access.allows(request):
            return as_json({"error": "Unauthorized"}, 401)
        if (table := self._served[1].get(name.casefold())) is None:
            return self.unknown(request)
        if self.faults.strikes("forbid", request.path) or self._is("denied", name):
            return as_json([]) if self.options["denial"] == "empty" else as_json({"error": "Permission denied"}, 403)
        rows = table.rows if self._is_in_session(request, name) else []
        if self.faults.strikes("wrong_year", request.path):
            table, rows = _of_last_year(table, rows)
        if self._is("bare", name):
            return as_json(table.named(rows))
        return self._page(request, table, rows)

    def _is(self, option: str, name: str) -> bool:
        return name.casefold() in self.options[option].casefold().split(",")

    def _is_in_session(self, request: Request, name: str) -> bool:
        """Without a date the server's own day counts; between two years its rosters are empty."""
        if name.casefold() not in (one.casefold() for one in OF_A_SESSION):
            return True
        asked = request.query.get("date")
        try:
            day = date.fromisoformat(asked) if asked else self.today
        except ValueError:
            return False
        return any(one.start <= day <= one.end for one in self.district.sessions.values())

    def _page(self, request: Request, table: Table, rows: list[Row]) -> Answer:
        try:
            number, limit = int(request.query.get("page", 1)), int(request.query.get("limit", 100))
        except ValueError:
            return as_json({"error": "page and limit must be numbers"}, 400)
        limit = max(1, min(limit, int(self.options["page"])))
        shown = number
        if number > 1 and self.faults.strikes("moving", request.path):
            rows = rows[1:]
        if number > 1 and self.faults.strikes("duplicate_page", request.path):
            shown = number - 1
        pages, first = -(-len(rows) // limit), (shown - 1) * limit
        counts: dict[str, Any] = {"page": number, "num_pages": pages, "num_results": len(rows)}
        if self.options["counts"] == "text":
            counts = {name: str(count) for name, count in counts.items()}
        found = rows[first : first + limit] if number > 0 else []
        return as_json({**counts, "results": table.named(found)})


def _of_last_year(table: Table, rows: list[Row]) -> tuple[Table, list[Row]]:
    if "academic_year" not in table.keys:
        return table, rows
    place = table.place("academic_year")
    return table, [(*row[:place], row[place] - 1, *row[place + 1 :]) for row in rows]
