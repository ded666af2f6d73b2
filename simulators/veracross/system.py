"""A Veracross site whole: its accounts host and its API host are one server here, since their paths never meet."""

from datetime import UTC, datetime, time
from email.utils import format_datetime

from simulators.http.messages import Answer, Request
from simulators.veracross.accounts import Accounts
from simulators.veracross.data_v2 import DataV2
from simulators.veracross.data_v3 import DataV3
from simulators.veracross.problems import problem


class Veracross(DataV3, DataV2, Accounts):
    """One school site of Veracross, with both of its Data APIs."""

    def respond(self, request: Request) -> Answer:
        """As every server, it says what time it is: noon of the day that the district has come to."""
        answer = super().respond(request)
        noon = datetime.combine(self.world.today, time(12), UTC)
        answer.headers["Date"] = format_datetime(noon, usegmt=True)
        return answer

    def unknown(self, request: Request) -> Answer:
        return problem(404, "The requested endpoint is unknown")
