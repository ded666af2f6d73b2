"""All of PowerSchool together, once for each kind of source that reads it."""

from typing import ClassVar

from simulators.powerschool.core import Core
from simulators.powerschool.core_people import People
from simulators.powerschool.core_teaching import Teaching
from simulators.powerschool.database import Database
from simulators.powerschool.keys import YEAR_ID
from simulators.powerschool.plugins import Plugin
from simulators.powerschool.relations import Relations
from simulators.powerschool.schema import Queries, Tables


class PowerSchool(Core, People, Teaching, Relations, Tables, Queries):
    """
    A PowerSchool server with both plugins of the hub installed; see `Door.OPTIONS`.
    """

    KIND: ClassVar[str] = "powerschool"
    TITLE: ClassVar[str] = "PowerSchool SIS"

    def prepare(self) -> None:
        if not hasattr(self, "tables"):
            self.tables = Database()
            self.open()
        self.tables.refresh(self.district)
        self.found, self.joined = {}, {}

    @property
    def plugin(self) -> Plugin:
        """The plugin whose credentials are handed out."""
        return self.plugins[0]

    def settings(self) -> dict[str, str]:
        given = {"client_id": self.plugin.client_id, "client_secret": self.plugin.client_secret}
        return {"url": self.url, **given, "school_year": str(YEAR_ID + 1990)}


class PowerSchoolQuery(PowerSchool):
    """The same server, for who comes with the plugin that has named queries."""

    KIND: ClassVar[str] = "powerschool_query"
    TITLE: ClassVar[str] = "PowerSchool SIS with PowerQueries"

    @property
    def plugin(self) -> Plugin:
        return self.plugins[1]
