"""A Veracross site whole: its accounts host and its API host are one server here, since their paths never meet."""

from simulators.http.messages import Answer, Request
from simulators.veracross.accounts import Accounts
from simulators.veracross.data_v2 import DataV2
from simulators.veracross.data_v3 import DataV3
from simulators.veracross.problems import problem


class Veracross(DataV3, DataV2, Accounts):
    """One school site of Veracross, with both of its Data APIs."""

    def unknown(self, request: Request) -> Answer:
        return problem(404, "The requested endpoint is unknown")
