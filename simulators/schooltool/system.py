"""
SchoolTool's OneRoster service, where the client of a New York RIC calls it, and a folder of exports.

Only the form of the address and of the token call are known (ajhardin11/CNYRIC-OneRoster-Client); the rest is
OneRoster 1.1 as servers of its kind write it.
"""

import io
import zipfile
from typing import ClassVar

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.oneroster import OneRoster
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET
from simulators.sheets import make_sheets

BASE = "/STAPIService/ims/oneroster/v1p1"
HEADER, HEADER_TOKEN = "X-Export-Key", "export-key-0001"


class SchoolTool(OneRoster):
    """OneRoster 1.1 with the token at `/Token` in any case, no scopes, no links between pages and no totals."""

    KIND = "schooltool"
    TITLE = "SchoolTool"
    TOKEN_PATHS: ClassVar[dict[str, str]] = {"1.1": f"{BASE}/Token"}
    OPTIONS = {
        **OneRoster.OPTIONS,
        "version": "1.1",
        "token_by": "basic",
        "token_life": "1199",
        "scope": "refused",
        "link": "no",
        "total": "no",
        "errors": "html",
        "single": "list",
        "bom": "yes",
        "export_by": "header",  # header or basic: what a download of the export needs
        "export_layout": "oneroster_11",
    }

    @property
    def base(self) -> str:
        return BASE

    def settings(self) -> dict[str, str]:
        return {
            "url": self.url + self.base,
            "client_id": "" if self.options["auth"] == "none" else CLIENT_ID,
            "client_secret": "" if self.options["auth"] == "none" else CLIENT_SECRET,
        }

    def _may_download(self, request: Request) -> bool:
        if self.options["export_by"] == "basic":
            return request.basic == (CLIENT_ID, CLIENT_SECRET)
        return request.headers.get(HEADER.lower()) == HEADER_TOKEN

    @route("GET", "/exports/export.zip")
    def package(self, request: Request) -> Answer:
        """All files of the export in one zip."""
        if not self._may_download(request):
            return as_json({"message": "Unauthorized"}, 401)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for sheet in make_sheets(self.district, self.options["export_layout"]):
                package.writestr(sheet.name, sheet.content())
        return Answer(200, buffer.getvalue(), {"Content-Type": "application/zip"})

    @route("GET", "/exports/{name}")
    def file(self, request: Request, name: str) -> Answer:
        """One file of the export."""
        if not self._may_download(request):
            return as_json({"message": "Unauthorized"}, 401)
        for sheet in make_sheets(self.district, self.options["export_layout"]):
            if sheet.name.casefold() == name.casefold():
                return Answer(200, sheet.content(), {"Content-Type": "text/csv"})
        return as_json({"message": "Not Found"}, 404)
