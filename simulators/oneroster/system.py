"""The server of OneRoster's rostering service."""

from functools import partial
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from simulators.http.messages import Answer, Request, as_json
from simulators.http.system import System
from simulators.model import District
from simulators.oneroster import access, dialect, lists, pages
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET, Access, scope_prefix
from simulators.oneroster.dialect import Dialect
from simulators.oneroster.history import History
from simulators.oneroster.lists import Lists
from simulators.oneroster.queries import select
from simulators.oneroster.refusals import Refused, answer_to
from simulators.oneroster.resources import CLASS_LISTS, NESTED, NESTED_LISTS, RESOURCES, Resource
from simulators.oneroster.world import collections

BASES = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}


class OneRoster(System):
    """
    A provider of OneRoster 1.1 or 1.2, for reading.

    Records keep their `dateLastModified` until a night changes them. The fault `wrong_year` has no meaning here:
    nobody asks OneRoster for a year.
    """

    KIND = "oneroster"
    TITLE = "OneRoster"
    # Next to the service in 1.1; in 1.2 it does not follow from the address of the service.
    TOKEN_PATHS: ClassVar[dict[str, str]] = {"1.1": f"{BASES['1.1']}/token", "1.2": "/oauth2/token"}
    OPTIONS = {
        **dialect.OPTIONS,
        **access.OPTIONS,
        **pages.OPTIONS,
        **lists.OPTIONS,
        "removed": "tobedeleted",  # tobedeleted; forgotten: what is gone is just missing
        "errors": "standard",  # see refusals.STYLES
        "single": "object",  # object; list: one object comes in a list
        "slash": "any",  # any; redirected: a slash at the end is redirected away; needed: lists need it
        "bom": "no",  # yes: JSON starts with a byte order mark
    }

    def __init__(self, district: District | None = None, *, port: int = 0, **options: str) -> None:
        chosen = {**self.OPTIONS, **options}
        self.access = Access(chosen["version"], chosen)
        self._history = History(chosen["modified"], keeps_removed=chosen["removed"] == "tobedeleted")
        super().__init__(district, port=port, **options)

    @property
    def version(self) -> str:
        return self.options["version"]

    @property
    def base(self) -> str:
        """The path of the service."""
        return BASES[self.version]

    @property
    def token_path(self) -> str:
        return self.TOKEN_PATHS[self.version]

    def settings(self) -> dict[str, str]:
        return {
            "url": self.url + self.base,
            "auth": self.options["auth"],
            "token_url": self.url + self.token_path,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": " ".join(scope_prefix(self.version) + name for name in self.options["scopes"].split()),
        }

    def prepare(self) -> None:
        words = Dialect(self.url + self.base, self.options)
        self.store = self._history.pass_to(self.district.night, collections(self.district, words))
        self._lists = Lists(self.url, self.options, self.faults)

    def expire_tokens(self) -> None:
        self.access.forget_tokens()

    def unknown(self, request: Request) -> Answer:
        """Every path: read here and not by routes, since an id may hold a slash, which is coded in the path."""
        try:
            answer = self._answer(request, urlsplit(request.raw_path).path)
        except Refused as refused:
            answer = answer_to(refused, self.options["errors"], self.version)
        if self.options["bom"] == "yes" and "json" in answer.headers.get("Content-Type", ""):
            answer.body = "\ufeff".encode() + answer.body
        return answer

    def _answer(self, request: Request, path: str) -> Answer:
        if path.casefold() == self.token_path.casefold() and request.method == "POST":
            return self.access.give_token(request)
        if not path.casefold().startswith(f"{self.base}/".casefold()) or request.method != "GET":
            raise Refused(404, "There is no such path.")
        if self.options["slash"] == "redirected" and path.endswith("/"):
            _, mark, query = request.raw_path.partition("?")
            return Answer(301, headers={"Location": path.rstrip("/") + mark + query})
        parts = [unquote(part) for part in path[len(self.base) + 1 :].rstrip("/").split("/")]
        is_list = len(parts) % 2 == 1
        if self.options["slash"] == "needed" and is_list and not path.endswith("/"):
            raise Refused(404, "There is no such path.")
        self._check(request, parts)
        return self._list(request, parts) if is_list else self._single(request, parts)

    def _check(self, request: Request, parts: list[str]) -> None:
        resource = _resource(parts[0])
        self.access.check(request, *(resource.scopes if len(parts) < 3 else NESTED))
        if self.faults.strikes("forbid", request.path):
            raise Refused(403, "The key has no permission to read this.")

    def _list(self, request: Request, parts: list[str]) -> Answer:
        *above, name = parts
        if not above:
            resource = _resource(name)
            return self._lists.answer(request, resource.collection, partial(resource.of, self.store))
        if len(above) == 2:
            find = NESTED_LISTS.get((above[0].casefold(), name.casefold()))
        else:
            is_class = [one.casefold() for one in above[::2]] == ["schools", "classes"]
            find = CLASS_LISTS.get(name.casefold()) if is_class else None
        if find is None:
            raise Refused(404, "There is no such path.")
        for kind, key in zip(above[::2], above[1::2], strict=True):
            self._object(_resource(kind), key)
        return self._lists.answer(request, _resource(name).collection, partial(find, self.store, above[-1]))

    def _single(self, request: Request, parts: list[str]) -> Answer:
        if len(parts) > 2:
            raise Refused(404, "There is no such path.")
        resource = _resource(parts[0])
        found = self._object(resource, parts[1])
        fields, _ = self._lists.fields(request, resource.collection)
        shown = select(found, fields) if fields else found
        return as_json({resource.single: [shown] if self.options["single"] == "list" else shown})

    def _object(self, resource: Resource, key: str) -> dict[str, object]:
        for record in resource.of(self.store):
            if record["sourcedId"] == key:
                return record
        raise Refused(404, "There is no such object.")


def _resource(name: str) -> Resource:
    if (found := RESOURCES.get(name.casefold())) is None:
        raise Refused(404, "There is no such path.")
    return found
