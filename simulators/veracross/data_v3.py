"""The Data API v3: pages asked for in headers, no total, and no query parameter that it does not know."""

import math
from random import Random
from typing import Any

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.veracross import catalogue, codes
from simulators.veracross.listing import Resource
from simulators.veracross.problems import problem
from simulators.veracross.site import Page, Site
from simulators.veracross.tokens import Refused, Token

_PATHS = ("{a}", "{a}/{b}", "{a}/{b}/{c}", "{a}/{b}/{c}/{d}")
_ACCEPTABLE = {"", "*/*", "application/*", "application/json"}


class DataV3(Site):
    """Answers `/{school}/v3/`."""

    @route("GET", *(f"/{{school}}/v3/{path}" for path in _PATHS))
    def read_v3(self, request: Request, school: str, **path: str) -> Answer:
        if not self.is_school(school):
            return problem(404, "The requested client is unknown")
        try:
            token = self.tokens.find(request.bearer)
        except Refused as why:
            return problem(401, str(why))
        allowed, window = self.rates.take(token.text)
        asked = "/".join(path.values()).removesuffix(".json")
        answer = self._v3(request, asked, token) if allowed else problem(429, "The rate limit was exceeded")
        answer.headers |= self.rate_headers(window, math.ceil(window.ends)) | {"X-API-Revision": "latest"}
        return answer

    @route("POST", *(f"/{{school}}/v3/{path}" for path in _PATHS))
    def write_v3(self, request: Request, school: str, **path: str) -> Answer:
        return problem(405, "The method is not allowed")

    def _v3(self, request: Request, path: str, token: Token) -> Answer:
        above, _, key = path.rpartition("/")
        is_list = path in catalogue.RESOURCES
        name, reading = (path, "list") if is_list else (above, "read")
        resource = catalogue.RESOURCES.get(name)
        if resource is None:
            return problem(404, "The requested endpoint is unknown")
        needed = catalogue.scope(name, reading)
        if needed not in token.scopes or self.faults.strikes("forbid", request.path):
            return problem(401, f"The access token is missing a required scope: {needed}")
        if not _ACCEPTABLE & {one.partition(";")[0].strip() for one in request.headers.get("accept", "").split(",")}:
            return problem(406, "The requested format is not supported")
        if unknown := request.query.keys() - (resource.known() if is_list else set()):
            return problem(400, f"Unknown parameters were provided: {', '.join(sorted(unknown))}")
        if is_list:
            return self._list(request, name, resource)
        record = self.v3.one(name, resource, key)
        return as_json({"data": record}) if record else problem(404, "The requested record is unknown")

    def _list(self, request: Request, name: str, resource: Resource) -> Answer:
        asked = Page.asked(request.headers.get("x-page-number"), request.headers.get("x-page-size"))
        records, _ = self.page(self.v3, name, resource, request, asked)
        answer: dict[str, Any] = {"data": records}
        if request.headers.get("x-api-value-lists") == "include":
            answer["value_lists"] = self._value_lists(resource)
        return as_json(answer)

    def _value_lists(self, resource: Resource) -> list[dict[str, Any]]:
        """The lists that a resource uses: no place means anything, neither that of a list nor that of an item."""
        fields: dict[str, list[str]] = {}
        for coded, name in resource.coded.items():
            fields.setdefault(name, []).append(coded)
        chance = self.chance if self.options["shuffle"] == "yes" else Random(0)
        lists = [codes.written(names, self.value_lists[name], chance) for name, names in fields.items()]
        chance.shuffle(lists)
        return lists
