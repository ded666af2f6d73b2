"""Photos that a source pulls, on their way into the roster."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.core.layout import Layout
from rollbook.integrations.models import Integration
from rollbook.integrations.photos import photos
from rollbook.runs import carrying
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run, State
from rollbook.sources.kinds import KINDS
from rollbook.sources.layouts import load_text
from rollbook.sources.pulling import Pull
from simulators.district import build
from tests.journeys.support import NO_LIMITS, Hub
from tests.sources.cases.plain import LAYOUT, Plain, PlainSource

WITH_PHOTOS = LAYOUT.replace(
    'email = {help = "E-mail address."}', 'email = {help = "E-mail address."}\nphoto = {help = "Photo."}'
).replace('email = "email",', 'email = "email", photo_url = "photo",')


class Portrayed(PlainSource):
    """The plain source, with a photo of its first student and something else of the second."""

    shown = "teal"

    @classmethod
    def layout(cls, settings: Mapping[str, str]) -> Layout:
        return load_text(WITH_PHOTOS)

    def pull(self, pull: Pull) -> None:
        drawn = BytesIO()
        Image.new("RGB", (900, 900), self.shown).save(drawn, "PNG")
        pull.add("schools", self.client.json("/schools")["rows"])
        first, second = self.client.json("/students", {"page": 1})["rows"]
        first["photo"] = pull.photo("students", drawn.getvalue(), first["id"])
        second["photo"] = pull.photo("students", b"<html>No permission</html>", second["id"])
        pull.add("students", [first, second])


@pytest.fixture
def hub(db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    settings.ROLLBOOK_HOME = tmp_path / "home"
    settings.SOURCE_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setitem(KINDS, "plain", PlainSource.kind)
    monkeypatch.setattr("tests.sources.cases.plain.PlainSource", Portrayed)
    return Hub(Tenant.objects.create(slug="northfield", name="Northfield School District"))


def carry(hub: Hub, system: Plain) -> Run:
    asked = {**NO_LIMITS, **system.settings()}
    made, _ = Integration.objects.get_or_create(tenant=hub.tenant, name="SIS", source="plain", settings=asked)
    return carrying.carry(Run.objects.create(integration=made))


def test_a_photo_arrives_and_what_is_none_is_told(hub: Hub) -> None:
    """The roster refers to the kept photo; what was refused is a finding about that person, who is taken without it."""
    with Plain(build(2)) as system:
        run = carry(hub, system)
    people = hub.roster("user")
    [kept] = [row["photo_url"] for row in people.values() if "photo_url" in row]
    [refused] = [key for key, row in people.items() if "photo_url" not in row]
    assert (photos().read(kept) or b"").startswith(b"\xff\xd8\xff")
    assert (run.issue_counts, len(people)) == ({"photo-refused": 1}, 2)
    [finding] = RunFolder.of(run).issues().rows(named=True)
    assert (finding["key"], finding["detail"]) == (refused, "The photo is no JPEG, PNG, GIF, WebP or BMP picture.")


def test_the_same_photo_is_no_news(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night with the same photos changes nothing; another photo is one changed field."""
    with Plain(build(2)) as system:
        carry(hub, system)
        before = hub.revisions()
        again = carry(hub, system)
        assert (again.state, hub.revisions()) == (State.APPLIED, before)
        monkeypatch.setattr(Portrayed, "shown", "navy")
        changed = carry(hub, system)
    assert changed.counts["user"]["update"] == 1
