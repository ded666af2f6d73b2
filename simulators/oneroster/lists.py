"""How a list is answered: filtered, sorted, cut into pages."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from simulators.http.faults import Faults
from simulators.http.messages import Answer, Request, as_json
from simulators.oneroster import queries
from simulators.oneroster.dialect import Record
from simulators.oneroster.pages import Window
from simulators.oneroster.refusals import Refused, status_info

OPTIONS = {
    "delta": "honoured",  # honoured; ignored: a filter on dateLastModified is not carried out; refused: 400
    "empty": "array",  # an empty list is an array, null, object ({}) or missing (404)
    "order": "steady",  # steady; drifting: without `sort`, the order is another one on each request
}


class Lists:
    """
    The lists of one night, as they are asked for.

    Args:
        url: Address of the server, for the links between pages.
    """

    def __init__(self, url: str, options: Mapping[str, str], faults: Faults) -> None:
        self.url, self.options, self.faults = url, options, faults
        self.version = options["version"]
        self._found: dict[tuple[str, str, str, str], list[Record]] = {}
        self._requests = 0

    def answer(self, request: Request, collection: str, make: Callable[[], list[Record]]) -> Answer:
        """
        One page.

        Args:
            make: The whole list of the path.

        Raises:
            Refused: A parameter is not what it may be.
        """
        window = Window.of(request.query, self.options)
        fields, warning = self.fields(request, collection)
        path = urlsplit(request.raw_path).path
        records = self._matching(request, collection, path, make)
        if window.offset and self.faults.strikes("moving", request.path):
            records = records[1:]
        headers = {}
        if self.options["total"] == "yes":
            headers["X-Total-Count"] = str(len(records))
        if self.options["link"] != "no":
            is_opaque = self.options["link"] == "opaque"
            headers["Link"] = window.links(len(records), self.url + path, request.query, is_opaque=is_opaque)
        if window.offset and self.faults.strikes("duplicate_page", request.path):
            window = window.before()
        page = window.cut(records)
        if fields:
            page = [queries.select(record, fields) for record in page]
        if self.version == "1.1" and not warning:
            warning = self._sort_warning(request, collection)
        answer = as_json(self._body(collection, page, warning))
        answer.headers |= headers
        return answer

    def _body(self, collection: str, page: list[Record], warning: str) -> Record:
        body: Record = {collection: page}
        if not page:
            match self.options["empty"]:
                case "missing":
                    raise Refused(404, "Nothing was found.")
                case "object":
                    body = {}
                case "null":
                    body = {collection: None}
        if warning:
            body["statusInfoSet"] = [status_info(warning, "A parameter was not carried out.", "warning")]
        return body

    def fields(self, request: Request, collection: str) -> tuple[set[str], str]:
        """The fields asked for (none = all), and the warning of 1.1 where it does not know one of them."""
        asked = {name for name in request.query.get("fields", "").split(",") if name}
        if not asked - queries.fields_of(collection, self.version):
            return asked, ""
        if self.version == "1.2":
            raise Refused(400, "There is no such field.", "invalid_selection_field")
        return set(), "invalid_selection_field"

    def _sort_warning(self, request: Request, collection: str) -> str:
        sort = request.query.get("sort", "").split(".")[0]
        return "invalid_sort_field" if sort and sort not in queries.fields_of(collection, self.version) else ""

    def _matching(self, request: Request, collection: str, path: str, make: Callable[[], list[Record]]) -> list[Record]:
        """The list of a path, filtered and sorted; kept, since its pages are asked for one by one."""
        known = queries.fields_of(collection, self.version)
        text, sort, order = (request.query.get(name, "") for name in ("filter", "sort", "orderBy"))
        if order not in ("", "asc", "desc"):
            raise Refused(400, "orderBy is asc or desc.")
        if "dateLastModified" in text and self.options["delta"] != "honoured":
            if self.options["delta"] == "refused":
                raise Refused(400, "dateLastModified cannot be filtered.", "invalid_filter_field")
            text = ""
        key = (path.rstrip("/"), text, sort, order)
        if key not in self._found:
            records = make()
            if text:
                test = queries.parse_filter(text, known)
                records = [record for record in records if test(record)]
            # Every list is kept by sourcedId. An unknown field leaves the order as it is.
            if sort.split(".")[0] in known and (sort != "sourcedId" or order == "desc"):
                records = queries.sort(records, sort, order == "desc")
            self._found[key] = records
        return self._found[key] if sort else self._drifted(self._found[key])

    def _drifted(self, records: list[Record]) -> list[Record]:
        if self.options["order"] == "steady" or not records:
            return records
        self._requests += 1
        turn = -self._requests * 7 % len(records)
        return records[turn:] + records[:turn]
