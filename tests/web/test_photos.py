"""Photos of people, as browsers get them."""

from __future__ import annotations

import uuid

from django.test import Client

from rollbook.integrations.photos import photos
from tests.web.seed import World


def address(world: World) -> str:
    return f"/people/{world.portrayed.pk}/photo.jpg"


def portray(world: World, photo_url: str | None) -> None:
    """Let Lia's photo be another one."""
    world.portrayed.photo_url = photo_url
    world.portrayed.save()


def test_a_member_gets_the_photo(world: World, ada: Client) -> None:
    """The photo comes as the JPEG that is kept, and only the member's own browser may keep it."""
    answer = ada.get(address(world))
    assert answer.content == photos().read(world.portrayed.photo_url)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "private, no-cache")


def test_a_photo_that_the_browser_has_is_not_sent_again(world: World, ada: Client) -> None:
    """The browser asks whether its photo still stands; as long as it does, nothing but that is answered."""
    known = ada.get(address(world))["ETag"]
    answer = ada.get(address(world), headers={"If-None-Match": known})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer["Cache-Control"], answer["ETag"]) == ("private, no-cache", known)


def test_another_photo_is_sent(world: World, ada: Client) -> None:
    """When the person has another photo, the browser's own no longer stands."""
    known = ada.get(address(world))["ETag"]
    portray(world, "photo:" + "0" * 64)
    assert ada.get(address(world), headers={"If-None-Match": known}).status_code == 404


def test_a_stranger_learns_nothing_from_a_known_photo(world: World, sam: Client, client: Client) -> None:
    """Whoever names the right photo, and is of another tenant or nobody, is answered as if there were none."""
    known = {"If-None-Match": f'"{world.portrayed.photo_url}"'}
    unknown = sam.get(f"/people/{uuid.uuid4()}/photo.jpg", headers=known)
    foreign = sam.get(address(world), headers=known)
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert client.get(address(world), headers=known).status_code == 302


def test_a_photo_elsewhere_is_not_fetched(world: World, ada: Client) -> None:
    """The hub serves what it keeps; of an address on another host it fetches nothing."""
    for elsewhere in ("https://photos.northfield.example/1.jpg", "", None):
        portray(world, elsewhere)
        assert ada.get(address(world)).status_code == 404
