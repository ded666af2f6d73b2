"""Reading a site through the Data API v2."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

from rollbook.core.errors import SourceError
from rollbook.sources.base import Setup, Tried, Works
from rollbook.sources.http import AccessRefused, NotThere
from rollbook.sources.veracross.data_v2 import BY_CHANGE, KEYS, MODIFIED, DataV2
from rollbook.sources.veracross.records import with_kinds
from rollbook.sources.veracross.site import MARK, counted, mark, page_size, site, verdict

if TYPE_CHECKING:
    from rollbook.sources.pulling import Pull


class SiteV2:
    """One site; `left_out` are resources that are not read."""

    def __init__(self, setup: Setup, left_out: Collection[str]) -> None:
        self.setup = setup
        self.streams = tuple(stream for stream in KEYS if stream not in left_out)
        self.data = DataV2(setup, page_size(setup))

    def pull(self, pull: "Pull") -> None:
        """Read every resource; raises as `Source.pull` does."""
        pull.mark(MARK, mark(self.data.today(), self.setup))
        since = (pull.since or {}).get(MARK)
        has_campuses = False
        for stream in self.streams:
            params = {MODIFIED: since} if since and stream in BY_CHANGE else {}
            for page in self.data.read(stream, params):
                has_campuses = has_campuses or any(record.get("campus") for record in page.records)
                pull.add(stream, map(with_kinds, page.records), stream)
                pull.expect(stream, len(page.records), by=KEYS[stream])
            pull.read(stream, stream)
        pull.add("site", [site(self.setup, has_campuses=has_campuses)], "settings")

    def test(self) -> Iterator[Tried]:
        """Sign in, then count."""
        try:
            self.data.count("students")
        except NotThere:
            yield Tried("Sign in", Works.NO, "There is no school of this short name. Check the school route.")
            return
        except SourceError as error:
            if not (isinstance(error, AccessRefused) and error.status == 403):
                yield Tried("Sign in", verdict(error), str(error))
                return
        yield Tried("Sign in", Works.YES, "Data API v2")
        for stream in self.streams:
            lacking = f"The API account may not read {stream}. Grant it in Veracross, or leave {stream} out."
            yield counted(stream, partial(self.data.count, stream), lacking)
