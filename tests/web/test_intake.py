"""The pages below Intake: deliveries, files that were received, who is kept out."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rollbook.accounts.models import Member
from rollbook.core.schedules.rhythm import Every
from rollbook.intake import accounts, marks, taking, watch
from rollbook.intake.models import Account, Ban, Delivery, ReceivedFile
from rollbook.intake.store import folder_of
from rollbook.schedules.models import Schedule
from tests.web.intake_seed import EVENING, SHEETS, delivered
from tests.web.seed import World


def text(client: Client, address: str) -> str:
    """What a page says."""
    return client.get(address).content.decode()


def page_of(delivery: Delivery) -> str:
    """The address of a delivery."""
    return f"/intake/deliveries/{delivery.pk}/"


# Deliveries ------------------------------------------------------------------------------------------------


def test_deliveries_can_be_narrowed(world: World, ada: Client) -> None:
    """Deliveries can be filtered by sender and by result; what nobody sends is no choice."""
    refused = delivered(world.sender, None, Delivery.State.REFUSED, error="None of the files is a sheet.")
    address = f'href="{page_of(refused)}"'
    asked = ("", "?state=refused", "?state=accepted", "?account=northfield", "?account=nobody", "?state=nonsense")
    shown = {query: address in text(ada, f"/intake/deliveries/{query}") for query in asked}
    assert shown == dict.fromkeys(asked, True) | {"?state=accepted": False, "?account=nobody": False}


def test_a_delivery_says_what_came_and_what_became_of_it(world: World, ada: Client) -> None:
    """Files with their checksums, the result, the run, the receipt."""
    page = text(ada, page_of(world.delivery))
    wanted = [*SHEETS, world.delivery.files[0]["sha256"], "Accepted", f"/runs/{world.tested.pk}/", "Result: ACCEPTED"]
    assert [one for one in wanted if one not in page] == []


def test_a_refused_delivery_says_why(world: World, ada: Client) -> None:
    """The reason is the one that its sender reads."""
    refused = delivered(world.sender, None, Delivery.State.REFUSED, error="None of the files is a sheet.")
    assert "None of the files is a sheet." in text(ada, page_of(refused))


def test_an_incomplete_delivery_names_what_is_missing(world: World, ada: Client) -> None:
    """Whoever looks knows what the sender has to send."""
    waiting = delivered(world.sender, None, Delivery.State.INCOMPLETE, missing=["enrollments"])
    assert "missing enrollments" in text(ada, page_of(waiting))


def test_a_delivery_under_way_looks_again(world: World, ada: Client) -> None:
    """The page loads itself again until there is an answer, and not after."""
    Delivery.objects.filter(pk=world.delivery.pk).update(state=Delivery.State.RUNNING, receipt="")
    under_way = ada.get(page_of(world.delivery))
    Delivery.objects.filter(pk=world.delivery.pk).update(state=Delivery.State.ACCEPTED)
    assert ("Refresh" in under_way.headers, "Refresh" in ada.get(page_of(world.delivery)).headers) == (True, False)


def test_the_receipt_is_the_one_of_the_sender(world: World, ada: Client) -> None:
    """It comes as a file of the same name with the same words."""
    answer = ada.get(f"{page_of(world.delivery)}receipt.txt")
    outbox = folder_of(world.sender).outbox / world.delivery.receipt
    assert answer.content.decode() == outbox.read_text("utf-8")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{world.delivery.receipt}"'


def test_the_own_page_of_an_integration_says_what_came(world: World, ada: Client) -> None:
    """Sender, latest delivery and the next step are on the page of the integration."""
    page = text(ada, f"/integrations/{world.sender.integration_id}/runs/")
    assert [one in page for one in (page_of(world.delivery), "Files from", "Verified")] == [True, True, True]


# All files are there ---------------------------------------------------------------------------------------


def test_what_lies_in_an_inbox_is_shown(world: World, ada: Client) -> None:
    """Files that are no delivery yet can be marked as sent from the list."""
    assert "/intake/account/northfield/sent/" in text(ada, "/intake/deliveries/")


def test_marking_as_sent_makes_a_delivery_by_name(world: World, ada: Client) -> None:
    """The delivery is there at once, with who said so."""
    answer = ada.post("/intake/account/northfield/sent/")
    made = world.sender.deliveries.first()
    assert made
    assert (answer.headers["Location"], made.ended_by) == (page_of(made), "sent")
    assert [(mark.by, mark.member) for mark in made.marks.all()] == [("Ada Lindqvist", world.member)]


def test_a_partial_file_cannot_be_marked_away(world: World, ada: Client) -> None:
    """While a file is not whole, neither button is there, and a post changes nothing."""
    ReceivedFile.objects.filter(pk=world.received.pk).update(state=ReceivedFile.State.PARTIAL)
    answers = [ada.post(f"/intake/account/northfield/{how}/") for how in ("sent", "take")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "/intake/account/northfield/sent/" not in text(ada, "/intake/deliveries/")
    assert world.sender.deliveries.count() == 1


# From checked to active ------------------------------------------------------------------------------------


def test_a_word_of_a_specialist_is_kept(world: World, ada: Client) -> None:
    """Who has verified a delivery, and when, stays on its page."""
    ada.post(f"{page_of(world.delivery)}verified/")
    mark = marks.verified(world.sender)
    assert mark
    assert (mark.delivery, mark.member) == (world.delivery, world.member)
    assert "by Ada Lindqvist" in text(ada, page_of(world.delivery))


def test_what_was_refused_cannot_be_verified(world: World, ada: Client) -> None:
    """Nobody vouches for what was not checked."""
    refused = delivered(world.sender, None, Delivery.State.REFUSED, error="None of the files is a sheet.")
    assert ada.post(f"{page_of(refused)}verified/").status_code == 409
    assert marks.verified(world.sender) is None


ACTIVATE = "/intake/account/northfield/activate/"
NIGHTLY = {"every": "day", "time": "00:15", "zone": "America/Chicago", "do": "activate"}


@pytest.fixture
def verified(world: World) -> Account:
    """The account, whose deliveries the integration reads and of which one was verified."""
    integration = world.sender.integration
    integration.settings["path"] = str(taking.current(world.sender))
    integration.save()
    marks.verify(world.delivery, marks.Who("Ada Lindqvist"))
    return world.sender


def test_nothing_is_activated_unverified(world: World, ada: Client) -> None:
    """Without the word of a specialist there is no schedule."""
    assert ada.post(ACTIVATE, NIGHTLY).status_code == 409
    assert not Schedule.objects.filter(integration=world.sender.integration).exists()


def test_activated_nightly(verified: Account, ada: Client) -> None:
    """The proposed rhythm is every night at 00:15 in Chicago, live."""
    ada.post(ACTIVATE, NIGHTLY)
    made = Schedule.objects.get(integration=verified.integration)
    assert (made.words, made.mode, made.is_active) == ("Every day at 00:15, America/Chicago", "live", True)
    assert "It is active" in text(ada, ACTIVATE)


def test_activated_at_a_delivery(verified: Account, ada: Client) -> None:
    """It can run whenever a delivery is complete instead, and needs no time then."""
    ada.post(ACTIVATE, NIGHTLY | {"every": "delivery", "time": ""})
    assert Schedule.objects.get(integration=verified.integration).every == Every.DELIVERY


def test_a_preview_changes_nothing(verified: Account, ada: Client) -> None:
    """The next times are shown, and nothing is kept."""
    page = ada.post(ACTIVATE, NIGHTLY | {"time": "03:40", "do": "preview"}).content.decode()
    assert "Every day at 03:40, America/Chicago" in page
    assert not Schedule.objects.filter(integration=verified.integration).exists()


def test_a_night_needs_a_time(verified: Account, ada: Client) -> None:
    """What is missing is said beside its field."""
    assert "Say at what time." in ada.post(ACTIVATE, NIGHTLY | {"time": ""}).content.decode()


def test_activated_once(verified: Account, ada: Client) -> None:
    """A second press makes no second schedule."""
    ada.post(ACTIVATE, NIGHTLY)
    assert ada.post(ACTIVATE, NIGHTLY).status_code == 409
    assert Schedule.objects.filter(integration=verified.integration).count() == 1


def test_a_path_of_its_own_is_told(verified: Account, ada: Client) -> None:
    """Where nightly runs read another place than what was delivered, the page says so."""
    verified.integration.settings["path"] = "/srv/other"
    verified.integration.save()
    assert "/srv/other" in text(ada, ACTIVATE)


# Received files --------------------------------------------------------------------------------------------


def test_files_can_be_narrowed(world: World, ada: Client) -> None:
    """Uploads can be filtered by sender, state, days and name."""
    day = f"{EVENING:%Y-%m-%d}"
    queries = {
        "": True,
        "?account=northfield": True,
        "?account=nobody": False,
        "?state=taken": True,
        "?state=lost": False,
        "?name=USER": True,
        "?name=grades": False,
        f"?first={day}&last={day}": True,
        "?last=2026-01-01": False,
        "?first=nonsense": True,
        "?first=2026-13-01": True,
    }
    shown = {query: "users.csv" in text(ada, f"/intake/files/{query}") for query in queries}
    assert shown == queries


def test_a_file_is_given_back_as_it_came(world: World, ada: Client) -> None:
    """It comes as a download that no browser shows as a page."""
    answer = ada.get(f"{page_of(world.delivery)}files/1/content")
    assert answer.getvalue() == SHEETS["users.csv"]
    headers = answer.headers
    assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert headers["Content-Disposition"] == 'attachment; filename="users.csv"'


def test_who_takes_a_file_home_is_known(world: World, ada: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The page of the account says who has downloaded what; the log says neither."""
    with caplog.at_level(logging.INFO, "rollbook.intake"):
        ada.get(f"/intake/files/{world.received.pk}/content").getvalue()
    page = text(ada, "/intake/account/northfield/")
    assert [one in page for one in ("enrollments.csv was downloaded.", "Ada Lindqvist")] == [True, True]
    assert "intake.file_downloaded login=northfield" in caplog.text
    assert [one for one in ("enrollments.csv", "Lindqvist") if one in caplog.text] == []


def test_another_file_in_its_place_is_not_given_out(world: World, ada: Client) -> None:
    """What has not the checksum that was received is not there."""
    (folder_of(world.sender).inbox / world.received.path).write_bytes(b"x" * world.received.size)
    assert ada.get(f"/intake/files/{world.received.pk}/content").status_code == 404


def test_a_link_is_not_followed(world: World, ada: Client) -> None:
    """Nothing outside of the folder can be fetched through it."""
    lying = folder_of(world.sender).inbox / world.received.path
    outside = lying.parent.parent / "outside"
    lying.rename(outside)
    lying.symlink_to(outside)
    assert ada.get(f"/intake/files/{world.received.pk}/content").status_code == 404


def test_a_file_that_was_cleared_is_still_in_its_delivery(world: World, ada: Client) -> None:
    """The copy of the delivery is kept longer than the inbox."""
    file = world.sender.files.get(path="users.csv")
    (folder_of(world.sender).inbox / "users.csv").unlink()
    ReceivedFile.objects.filter(pk=file.pk).update(state=ReceivedFile.State.CLEARED)
    assert ada.get(f"/intake/files/{file.pk}/content").getvalue() == SHEETS["users.csv"]


def test_no_such_place_in_a_delivery(world: World, ada: Client) -> None:
    """A file that a delivery never had is not there."""
    assert ada.get(f"{page_of(world.delivery)}files/7/content").status_code == 404


def test_nothing_received_yet_says_how_to_send(world: World, ada: Client) -> None:
    """An empty list is where one learns how it is filled."""
    ReceivedFile.objects.all().delete()
    assert "put *.csv inbox/" in text(ada, "/intake/files/")


# Kept out --------------------------------------------------------------------------------------------------


@pytest.fixture
def banned(world: World) -> Ban:
    """An address that has tried too often."""
    for _ in range(5):
        watch.note("203.0.113.9", "unknown-user")
    return Ban.objects.get()


def test_only_operators_see_who_is_kept_out(banned: Ban, ada: Client, olga: Client) -> None:
    """For members of a tenant the page does not exist, nor is its tab there."""
    assert (ada.get("/intake/bans/").status_code, ada.post(f"/intake/bans/{banned.pk}/lift/").status_code) == (404, 404)
    assert [("Kept out" in text(who, "/intake/deliveries/")) for who in (ada, olga)] == [False, True]
    assert banned in watch.current()


def test_who_is_kept_out_and_why(banned: Ban, olga: Client) -> None:
    """Address, reason and what was tried are on one page; what is over is its history."""
    now = timezone.now()
    Ban.objects.create(network="198.51.100.3", reason="x", began=now - timedelta(2), until=now - timedelta(1))
    page = text(olga, "/intake/bans/")
    assert [one in page for one in ("203.0.113.9", "15 points", "Unknown login", "198.51.100.3")] == [True] * 4


def test_a_ban_is_lifted(banned: Ban, olga: Client) -> None:
    """From then on the address is answered, and its past slips are forgotten."""
    olga.post(f"/intake/bans/{banned.pk}/lift/")
    assert not watch.current().exists()
    assert watch.note("203.0.113.9", "unknown-user") is None


def test_a_sender_of_another_tenant_stays_unseen(world: World, sam: Client, olga: Client) -> None:
    """Names of accounts are no choice for whoever may not see them; operators see all."""
    accounts.add(world.nightly, "northfield-two")
    pages = [text(who, "/intake/deliveries/") for who in (sam, olga)]
    assert ["northfield-two" in page for page in pages] == [False, True]


def test_a_member_without_a_name_is_named_by_address(world: World, ada: Client) -> None:
    """A mark always says who."""
    Member.objects.filter(pk=world.member.pk).update(name="")
    ada.post(f"{page_of(world.delivery)}verified/")
    assert world.delivery.marks.get().by == "ada@northfield.example"
