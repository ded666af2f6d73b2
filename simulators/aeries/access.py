"""Who may read what: the certificate, its areas, and the database of the year that is asked for."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar

from simulators.aeries.answers import Refused, answered
from simulators.aeries.past import Past
from simulators.aeries.world import World
from simulators.http.messages import Answer, Request, as_json
from simulators.http.system import System
from simulators.model import District

SITE = "/aeries"
AREAS = (
    "Student Data", "Contacts", "Student Programs", "Student Pictures", "Enrollment History",
    "Class Schedules/History", "Course Data", "Master Schedule", "Staff Data", "Teacher Data",
)  # fmt: skip

Answering = Callable[..., Any]


def needs(area: str = "", *, certificate: bool = True) -> Callable[[Answering], Callable[..., Answer]]:
    """
    Let a method give rows of a world, for who may read the area; what cannot be answered it raises as `Refused`.

    The method is called with the database of the year that was asked for, the request, and the parts of the path.
    """

    def wrap(method: Answering) -> Callable[..., Answer]:
        @wraps(method)
        def answer(self: "Guarded", request: Request, **parts: str) -> Answer:
            try:
                if certificate:
                    self.check(request, area)
                value, status = method(self, self.database(request), request, **parts), HTTPStatus.OK
            except Refused as refusal:
                value, status = {"Message": refusal.message}, HTTPStatus(refusal.status)
            return answered(value, request, self.options["wrong_accept"], status)

        return answer

    return wrap


class Guarded(System):
    """
    What every answer of Aeries depends on.

    Options:
        areas: the security areas of the certificate, by name and comma; blank = all. default_year: the database that
        answers where DatabaseYear is left out, unknown or wrong. years: the databases there are. one_school: what
        `/schools/{sc}` gives, object or array. wrong_accept: xml or 406. legacy_keys: yes = older names of fields.
        off: areas behind a feature flag that is off (501). late: yes = changes are stamped before the last pull.
        lists_deleted: no = a deleted student is in no change feed.
    """

    KIND = "aeries"
    TITLE = "Aeries"
    OPTIONS: ClassVar = {
        "areas": "",
        "default_year": "2026",
        "years": "2026,2025",
        "one_school": "object",
        "wrong_accept": "xml",
        "legacy_keys": "no",
        "off": "",
        "late": "no",
        "lists_deleted": "yes",
    }

    def __init__(self, district: District | None = None, *, port: int = 0, **options: str) -> None:
        self._past, self._certificates = Past(are_late=options.get("late") == "yes"), 0
        super().__init__(district, port=port, **options)

    def prepare(self) -> None:
        self._past.catch_up(self.district)
        self._worlds: dict[int, World] = {}
        self._world(int(self.options["default_year"]))

    def settings(self) -> dict[str, str]:
        return {"url": f"{self.url}{SITE}", "token": self.certificate, "academic_year": "2026"}

    def unknown(self, request: Request) -> Answer:
        return as_json({"Message": f"No HTTP resource was found that matches the request URI '{request.path}'."}, 404)

    def replace_certificate(self) -> None:
        """
        The district makes a new certificate, and the old one opens nothing any more.

        Aeries gives out no tokens that could expire, so the trouble of that name does nothing here.
        """
        self._certificates += 1

    @property
    def certificate(self) -> str:
        return f"5e0c7a1Bd94f23A86c0e7D51b38f{self._certificates:04}"

    def check(self, request: Request, area: str) -> None:
        """The certificate, in any spelling of the header's name but to the letter itself, and its areas."""
        if request.headers.get("aeries-cert") != self.certificate:
            raise Refused(HTTPStatus.UNAUTHORIZED, "Invalid Certificate")
        granted = listed(self.options["areas"])
        if (area and granted and area not in granted) or self.faults.strikes("forbid", request.path):
            raise Refused(HTTPStatus.UNAUTHORIZED, f"You do not have permission to access: {area or 'this area'}")
        if area in listed(self.options["off"]):
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "This feature is not enabled.")

    def database(self, request: Request) -> World:
        """The database of the year that was asked for; silently the default one where there is none."""
        named = {name.lower(): value for name, value in request.query.items()}
        asked, default = named.get("databaseyear", ""), int(self.options["default_year"])
        year = int(asked) if asked in self.options["years"].split(",") else default
        if self.faults.strikes("wrong_year", request.path):
            year -= 1
        return self._world(year)

    def _world(self, year: int) -> World:
        if year not in self._worlds:
            years_back, legacy = 2026 - year, self.options["legacy_keys"] == "yes"
            self._worlds[year] = World(self.district, self._past, years_back, is_legacy=legacy)
        return self._worlds[year]


def listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(",") if part.strip()}
