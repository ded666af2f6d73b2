"""The paths of `/ws/v1` for the server itself, the district and its schools."""

from typing import Any

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.powerschool import places
from simulators.powerschool.answers import Answers, asked
from simulators.powerschool.database import today
from simulators.powerschool.door import authorized
from simulators.powerschool.keys import GRADUATED, OFFICE
from simulators.powerschool.people import RACE_CODES
from simulators.powerschool.plugins import Plugin

VERSION = "24.3.0.0.241121"
PAGED = ("course", "school", "section", "section_enrollment", "staff", "student", "term", "schema_table_query")
_MARKS = {"@expansions": ", ".join(places.SCHOOL_EXPANSIONS), "@extensions": "s_sch_x"}


class Core(Answers):
    # The server and the district --------------------------------------------------------------------------

    @route("GET", "/ws/v1/time")
    def time(self, request: Request) -> Answer:
        return as_json({"time": f"{today(self.district).isoformat()}T02:00:00"})

    @route("GET", "/ws/v1/metadata")
    def metadata(self, request: Request) -> Answer:
        """Anybody may ask; who brings a good token is told which plugin it is of."""
        plugin, _ = self._tokens.get(request.bearer, (None, 0.0))
        told: dict[str, Any] = {
            "powerschool_version": VERSION,
            "state": "ME",
            "district_timezone": "America/New_York",
            "mobile_api_version": "1.0",
            **{f"{name}_max_page_size": int(self.options["page_size"]) for name in PAGED},
        }
        return as_json({"metadata": ({"plugin_id": plugin.id} if plugin else {}) | told})

    @route("GET", "/ws/v1/district")
    @authorized
    def district_itself(self, request: Request, plugin: Plugin) -> Answer:
        owner = self.district.of_kind("district")[0]
        told: dict[str, Any] = {"id": 1, "name": owner.name, "district_number": owner.number}
        if "district_race_codes" in asked(request, "expansions"):
            codes = [{"code": code, "description": name} for code, (name, _) in RACE_CODES.items()]
            told["district_race_codes"] = {"district_race_code": codes}
        return as_json(self.told({"district": {"@expansions": ", ".join(places.DISTRICT_EXPANSIONS), **told}}))

    # Schools ----------------------------------------------------------------------------------------------

    def _school_keys(self) -> list[int]:
        return self.keys(f"select dcid from schools where school_number not in ({OFFICE}, {GRADUATED}) order by dcid")

    def _schools(self, plugin: Plugin, keys: list[int]) -> list[Any]:
        rows = self.by_key(plugin, "schools", keys)
        return [places.school(rows[key]) for key in keys]

    @route("GET", "/ws/v1/district/school/count", "/ws/v1/school/count")
    @authorized
    def school_count(self, request: Request, plugin: Plugin) -> Answer:
        self.need(plugin, "schools")
        return self.counted(self._school_keys())

    @route("GET", "/ws/v1/district/school", "/ws/v1/school")
    @authorized
    def schools(self, request: Request, plugin: Plugin) -> Answer:
        self.need(plugin, "schools")
        records = self._schools(plugin, self._school_keys()[self.window(request)])
        return self.listed("school", records, **_MARKS)

    @route("GET", "/ws/v1/school/{school}")
    @authorized
    def school(self, request: Request, plugin: Plugin, school: str) -> Answer:
        self.need(plugin, "schools")
        found = self.keys("select dcid from schools where dcid = ?", school)
        return self.one("school", found, lambda keys: self._schools(plugin, keys), **_MARKS)
