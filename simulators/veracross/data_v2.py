"""The Data API v2: HTTP Basic, bare arrays, a total in a header, and no care for parameters that it does not know."""

import math
from dataclasses import replace

from simulators.http.messages import Answer, Request, as_html, as_json
from simulators.http.routes import route
from simulators.veracross import legacy
from simulators.veracross.listing import Record
from simulators.veracross.site import Page, Site


class DataV2(Site):
    """Answers `/{client}/v2/`."""

    @route("GET", "/{client}/v2/{name}.json", "/{client}/v2/{name}/{key}.json")
    def read_v2(self, request: Request, client: str, name: str, key: str = "") -> Answer:
        account = (self.options["user"], self.options["password"])
        if request.basic != account:
            return as_html("HTTP Basic: Access denied.", 401)
        if not self.is_school(client):
            return as_json({"error": "The requested client is unknown"}, 404)
        allowed, window = self.rates.take(f"v2 {account[0]}")
        answer = self._v2(request, name, key) if allowed else as_json({"error": "The rate limit was exceeded"}, 429)
        answer.headers |= self.rate_headers(window, math.ceil(window.ends - self.clock()))
        return answer

    def _v2(self, request: Request, name: str, key: str) -> Answer:
        if name in self.options["without_resources"].split(",") or self.faults.strikes("forbid", request.path):
            return as_json({"error": "The account has no access to this resource"}, 403)
        asked = Page.asked(request.query.get("page"), request.query.get("count"))
        if name == "class_schedules" and not key:
            return self._schedules(request, asked)
        resource = legacy.RESOURCES.get(name)
        if resource is None:
            return as_json({"error": "The requested resource is unknown"}, 404)
        if key:
            record = self.v2.one(name, resource, key)
            return as_json(record) if record else as_json({"error": "The requested record is unknown"}, 404)
        since = request.query.get("updated_after")
        query = {**request.query, legacy.SINCE: since} if since else request.query
        records, total = self.page(self.v2, name, resource, replace(request, query=query), asked)
        if name in self.options["without_keys"].split(","):
            records = [_renamed(record) for record in records]
        return self._array(records, total)

    def _schedules(self, request: Request, asked: Page) -> Answer:
        try:
            met = legacy.class_schedules(self.world, request.query)
        except ValueError:
            return as_json({"error": "A date must be written as MM-DD-YYYY"}, 400)
        return self._array(list(asked.of(met)), len(met))

    def _array(self, records: list[Record], total: int) -> Answer:
        return as_json(records, X_Total_Count=str(total)) if self.options["totals"] == "yes" else as_json(records)


def _renamed(record: Record) -> Record:
    """A record whose key has another name."""
    (_, key), *others = record.items()
    return {"id": key, **dict(others)}
