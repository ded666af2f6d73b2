"""Who may come in, what they may see, and how much at a time."""

import time
from collections.abc import Callable, Iterable
from typing import ClassVar, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

from simulators.http.messages import Answer, Request, as_html, as_json
from simulators.http.routes import route
from simulators.http.system import CONTROL, System
from simulators.powerschool.plugins import INSTALLED, Plugin, from_folder, from_zip
from simulators.powerschool.rows import Row

P = ParamSpec("P")
S = TypeVar("S", bound="Door")

DOWN = "/_down"
# What joins rows is read even where a plugin may not see it.
_JOINS = {
    "dcid",
    "id",
    "schoolid",
    "school_number",
    "studentid",
    "studentsdcid",
    "sectionid",
    "termid",
    "yearid",
    "users_dcid",
    "course_number",
    "teacher",
    "enroll_status",
}


class Refused(Exception):
    """The request is answered with this, and nothing else is done."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def refuse(status: int, message: str) -> Refused:
    return Refused(as_json({"message": message}, status))


def authorized(
    function: Callable[Concatenate[S, Request, Plugin, P], Answer],
) -> Callable[Concatenate[S, Request, P], Answer]:
    """Let a path be answered only to who brings a good token; the function is told whose it is."""

    def answer(self: S, request: Request, /, *args: P.args, **parts: P.kwargs) -> Answer:
        try:
            return function(self, request, self.plugin_of(request), *args, **parts)
        except Refused as refused:
            return refused.answer

    answer.__name__ = function.__name__  # by which the route finds it
    return answer


class Door(System):
    """
    Tokens, plugins, permissions, pages, and the page that says that the house is closed.

    Options:
        token_type      whether the answer with a token names its type
        token_seconds   how long a token is good
        token_limit     how many may be asked for within a minute
        page_size       the largest page, which is also the usual one
        too_big         what becomes of larger ones: `clamp` or `refuse`
        empty_list      how an empty list looks: its key is `missing`, or the whole is `blank`
        leading_zeros   of digits in `/ws/v1`: `lost` or `kept`
        table_rows      how the row of a table looks: `nested` or `flat`
        core_tables     whether `/ws/schema/table` answers for tables that have a DCID
        photos          whether there is a path for photos
        down_page       where requests are sent in maintenance; blank = to a page of the server itself
        deny            tables, comma separated, that the administrator lets no plugin see
    """

    OPTIONS: ClassVar[dict[str, str]] = {
        "token_type": "yes",
        "token_seconds": "2504956",
        "token_limit": "",
        "page_size": "100",
        "too_big": "clamp",
        "empty_list": "missing",
        "leading_zeros": "lost",
        "table_rows": "nested",
        "core_tables": "yes",
        "photos": "no",
        "down_page": "",
        "deny": "",
    }

    plugins: list[Plugin]
    _tokens: dict[str, tuple[Plugin, float]]
    _given: list[float]

    def open(self) -> None:
        """With both plugins of the hub installed, once for the life of the server."""
        self.plugins, self._tokens, self._given = [], {}, []
        for number, folder in enumerate(("rest", "query"), start=1):
            self._install(from_folder(INSTALLED / folder, number))

    def _install(self, plugin: Plugin) -> Plugin:
        """A plugin of the same name is the same plugin: it keeps its client id and secret."""
        for place, known in enumerate(self.plugins):
            if known.name == plugin.name:
                plugin.id, plugin.client_id, plugin.client_secret = known.id, known.client_id, known.client_secret
                self.plugins[place] = plugin
                break
        else:
            self.plugins.append(plugin)
        for table in filter(None, self.options["deny"].split(",")):
            plugin.deny(table.strip().lower())
        self._tokens.clear()
        return plugin

    def install(self, content: bytes) -> Plugin:
        """Do what an administrator does with the zip of a plugin."""
        with self.lock:
            return self._install(from_zip(content, len(self.plugins) + 1))

    @route("POST", "/admin/plugins")
    def installing(self, request: Request) -> Answer:
        """Stands in for the page where an administrator installs a plugin and reads its credentials."""
        try:
            plugin = self.install(request.body)
        except ValueError as error:
            return as_json({"message": str(error)}, 400)
        return as_json({"name": plugin.name, "client_id": plugin.client_id, "client_secret": plugin.client_secret})

    # Tokens ----------------------------------------------------------------------------------------------

    @route("POST", "/oauth/access_token")
    def token(self, request: Request) -> Answer:
        if self._is_asked_too_often():
            return as_json({"error": "too_many_requests"}, 429, Retry_After="1")
        known = {(plugin.client_id, plugin.client_secret): plugin for plugin in self.plugins}
        plugin = known.get(request.basic or ("", ""))
        if plugin is None:
            return as_json({"error": "invalid_client"}, 401)
        if request.form.get("grant_type") != "client_credentials":
            return as_json({"error": "unsupported_grant_type"}, 400)
        token, seconds = str(uuid4()), self.options["token_seconds"]
        self._tokens[token] = plugin, time.monotonic() + float(seconds)
        kind = {"token_type": "Bearer"} if self.options["token_type"] == "yes" else {}
        return as_json({"access_token": token, **kind, "expires_in": seconds})

    def _is_asked_too_often(self) -> bool:
        """More than `token_limit` tokens within a minute; a blank limit is none."""
        now = time.monotonic()
        self._given = [given for given in self._given if given > now - 60] + [now]
        limit = self.options["token_limit"]
        return bool(limit) and len(self._given) > int(limit)

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def plugin_of(self, request: Request) -> Plugin:
        """
        The plugin whose token a request brings.

        Raises:
            Refused: There is no token, or it is no longer good; or a `forbid` fault strikes.
        """
        plugin, until = self._tokens.get(request.bearer, (None, 0.0))
        if plugin is None or until < time.monotonic():
            said = 'Bearer error="invalid_token",realm="PowerSchool",error_description="The access token has expired"'
            raise Refused(as_json({"message": "Unauthorized"}, 401, WWW_Authenticate=said))
        if self.faults.strikes("forbid", request.path):
            raise refuse(403, "Access to the resource is denied")
        return plugin

    # Permissions and pages -------------------------------------------------------------------------------

    def need(self, plugin: Plugin, *tables: str) -> None:
        """
        Raises:
            Refused: Nothing of one of the tables was granted to the plugin.
        """
        for table in tables:
            if not plugin.may_read(table):
                raise refuse(403, f"Access to the table {table.upper()} is denied")

    def visible(self, plugin: Plugin, table: str, rows: Iterable[Row]) -> list[Row]:
        """Rows without the values of columns that were not granted."""
        seen = plugin.fields.get(table, set()) | _JOINS
        return [{name: value if name in seen else None for name, value in row.items()} for row in rows]

    def window(self, request: Request, largest: int | None = None) -> slice:
        """
        The part of a list that a request asks for.

        The faults `duplicate_page` and `moving` strike here, on any page but the first: the page before it
        comes again; a record of an earlier page is gone, and all after it have moved up.
        """
        largest = largest or int(self.options["page_size"])
        try:
            size = int(request.query.get("pagesize") or largest)
            page = int(request.query.get("page") or 1)
        except ValueError:
            raise refuse(400, "Invalid page or pagesize") from None
        if size > largest and self.options["too_big"] == "refuse":
            raise refuse(400, f"The page size may not exceed {largest}")
        size = min(max(size, 1), largest)
        if page > 1 and self.faults.strikes("duplicate_page", request.path):
            page -= 1
        start = (max(page, 1) - 1) * size
        if page > 1 and self.faults.strikes("moving", request.path):
            start += 1
        return slice(start, start + size)

    # Closed ----------------------------------------------------------------------------------------------

    def respond(self, request: Request) -> Answer:
        """In maintenance every request is sent on to `down_page`, which says so with status 200."""
        if request.path.startswith(DOWN):
            return as_html("PowerSchool page unavailable")
        if not request.path.startswith(CONTROL) and self.faults.strikes("maintenance", request.path):
            self.asked.append(f"{request.method} {request.raw_path}")
            page = self.options["down_page"] or f"{self.url}{DOWN}"
            return Answer(302, b"", {"Location": f"{page}?server=127.0.0.1"})
        return super().respond(request)
