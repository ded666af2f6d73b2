"""Notices to other programs: signed, to allowed places only, over a real receiver."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from rollbook import networks
from rollbook.integrations.models import Integration
from rollbook.notices import posting
from rollbook.notices.addresses import Refused, checked_url
from rollbook.notices.catalogue import CODES
from rollbook.notices.events import run_ended
from rollbook.notices.models import Message, Webhook
from rollbook.notices.posting import new_secret, post, signature
from rollbook.notices.sending import BACK_OFF, try_webhook
from rollbook.notices.watch import watch
from rollbook.runs.models import State
from rollbook.secretbox import seal
from tests.notices.conftest import NIGHT, ended
from tests.support.receiver import Receiver, receiver

SECRET = new_secret()


def webhook(integration: Integration, hook: Receiver) -> Webhook:
    return Webhook.objects.create(tenant=integration.tenant, url=hook.url, secret=seal(SECRET), events=list(CODES))


def fail(integration: Integration) -> None:
    run_ended(ended(integration, State.FAILED), NIGHT)
    watch(NIGHT)


def test_the_example_of_standard_webhooks() -> None:
    """The signature is the one that the text of Standard Webhooks has as its example."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_gets_the_event(north: Integration, south: Integration, hook: Receiver, settings: Settings) -> None:
    """The receiver gets what happened in its own tenant, signed, and nothing of others."""
    settings.BASE_URL = "https://hub.example"
    webhook(north, hook)
    fail(south)
    fail(north)
    run = north.runs.get()
    (got,) = hook.got
    assert got.is_signed_with(SECRET)
    assert not got.is_signed_with(new_secret())
    assert got.content == {
        "type": "run.failed",
        "timestamp": "2026-10-05T02:00:00+00:00",
        "data": {
            "notice": north.notices.get().pk,
            "severity": "error",
            "tenant": "northfield",
            "integration": "Northfield nightly",
            "run": run.pk,
            "text": f"Run {run.pk} of Northfield nightly failed. The roster was not changed.",
            "facts": {"issues": {}},
            "url": f"https://hub.example/runs/{run.pk}/",
        },
    }
    assert Webhook.objects.get().outcome == "HTTP 204."


def test_every_happening_is_posted(north: Integration, hook: Receiver) -> None:
    """Programs get each happening: once a day is for mail only."""
    webhook(north, hook)
    fail(north)
    fail(north)
    assert len(hook.got) == 2


def test_a_receiver_in_trouble_gets_it_again(north: Integration, hook: Receiver) -> None:
    """After an error the same event comes again under the same id, after the time that was asked for."""
    webhook(north, hook)
    hook.status, hook.headers = 503, {"Retry-After": "600"}
    fail(north)
    assert Webhook.objects.get().is_well is False
    hook.status = 200
    watch(NIGHT + timedelta(seconds=599))
    watch(NIGHT + timedelta(seconds=600))
    assert len(hook.got) == 2
    assert len({(got.headers["webhook-id"], got.body) for got in hook.got}) == 1
    assert Webhook.objects.get().is_well is True


def test_gone_is_gone(north: Integration, hook: Receiver) -> None:
    """A receiver that answers 410 is switched off."""
    webhook(north, hook)
    hook.status = 410
    fail(north)
    assert (Webhook.objects.get().is_active, Message.objects.get().state) == (False, Message.State.GIVEN_UP)
    fail(north)
    assert len(hook.got) == 1


def test_redirects_are_not_followed(north: Integration, hook: Receiver) -> None:
    """A redirect is an error: nobody can send our events on."""
    webhook(north, hook)
    hook.status, hook.headers = 302, {"Location": hook.url + "/elsewhere"}
    fail(north)
    assert len(hook.got) == 1
    assert Webhook.objects.get().outcome == "HTTP 302. Redirects are not followed."


def test_a_mute_receiver_is_cut_off(north: Integration, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that never answers is cut off, and tried again later."""
    monkeypatch.setattr(posting, "DEADLINE", 0.2)
    webhook(north, hook)
    hook.is_mute = True
    began = time.monotonic()
    fail(north)
    assert time.monotonic() - began < posting.TIMEOUT
    assert Message.objects.get().next_try == NIGHT + BACK_OFF[0]
    assert Webhook.objects.get().is_well is False


def test_a_failing_receiver_does_not_hold_up_others(north: Integration, hook: Receiver) -> None:
    """A receiver that is down is tried with one event, however many wait; the others get theirs meanwhile."""
    dead = Webhook.objects.create(
        tenant=north.tenant, url="http://127.0.0.1:1/", secret=seal(SECRET), events=list(CODES)
    )
    webhook(north, hook)
    for _ in range(3):
        run_ended(ended(north, State.FAILED), NIGHT)
    watch(NIGHT)
    watch(NIGHT + timedelta(seconds=10))
    assert len(hook.got) == 3
    assert sum(m.attempts for m in dead.messages.all()) == 1
    dead.refresh_from_db()
    assert dead.outcome == "The host refused the connection."


@pytest.mark.parametrize("status", [400, 500])
def test_one_event_does_not_hold_up_the_next(north: Integration, hook: Receiver, status: int) -> None:
    """An event that its receiver cannot take waits; those after it are taken."""
    webhook(north, hook)
    hook.status = status
    fail(north)
    hook.status = 200
    run_ended(ended(north, State.FAILED), NIGHT)
    watch(NIGHT + BACK_OFF[0])
    runs = [got.content["data"]["run"] for got in hook.got]
    assert runs == [runs[0], runs[0] + 1, runs[0]]


def test_a_changed_secret(north: Integration, hook: Receiver) -> None:
    """After a change both secrets sign, until the old one's time is over."""
    one, fresh = webhook(north, hook), new_secret()
    Webhook.objects.update(secret=seal(fresh), old_secret=one.secret, old_until=NIGHT + timedelta(days=1))
    fail(north)
    assert [hook.got[0].is_signed_with(secret) for secret in (SECRET, fresh)] == [True, True]
    run_ended(ended(north, State.FAILED), NIGHT + timedelta(days=2))
    watch(NIGHT + timedelta(days=2))
    assert [hook.got[1].is_signed_with(secret) for secret in (SECRET, fresh)] == [False, True]


def test_a_test(north: Integration, hook: Receiver) -> None:
    """A test event is sent at once and its outcome kept."""
    one = webhook(north, hook)
    assert try_webhook(one, NIGHT).is_sent
    (got,) = hook.got
    assert got.is_signed_with(SECRET)
    assert got.content == {"type": "test", "timestamp": NIGHT.isoformat(), "data": {"tenant": "northfield"}}
    one.refresh_from_db()
    assert (one.tried, one.is_well) == (NIGHT, True)


def test_a_secret_that_cannot_be_read(north: Integration, hook: Receiver) -> None:
    """When the keys of the hub are lost nothing is sent unsigned, and the outcome says what to do."""
    one = webhook(north, hook)
    Webhook.objects.update(secret="gAAAAAnonsense")
    one.refresh_from_db()
    assert "encryption_keys" in try_webhook(one, NIGHT).said
    assert hook.got == []


# Where it may lead -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://hub.example/",
        "ftp://hub.example/",
        "https://",
        "https:///path",
        "https://ada:secret@hub.example/",
        "https://hub.example:99999/",
        "https://hub.example:0/",
        "https://hub.example/a b",
        "https://hub.example/a\r\nHost: evil",
        "//hub.example/",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_refused(settings: Settings, url: str) -> None:
    """Only HTTPS addresses without a password are taken."""
    with pytest.raises(Refused):
        checked_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1", "::7f00:1",
    ],
)  # fmt: skip
def test_private_addresses(settings: Settings, address: str) -> None:
    """No address of a private or special network may be connected to, however it is written."""
    assert not networks.is_allowed(ip_address(address), settings.WEBHOOK_NETWORKS)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses(settings: Settings, address: str) -> None:
    """Public addresses may be connected to."""
    assert networks.is_allowed(ip_address(address), settings.WEBHOOK_NETWORKS)


def test_networks_that_the_operator_allows(settings: Settings) -> None:
    """Of private networks, those that the operator named may be connected to, and no others."""
    allowed = [ip_network("10.1.0.0/16")]
    addresses = map(ip_address, ("10.1.2.3", "10.2.2.3", "::ffff:10.1.0.9"))
    assert [networks.is_allowed(address, allowed) for address in addresses] == [True, False, True]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]"])
def test_nothing_is_sent_to_this_machine(hook: Receiver, settings: Settings, host: str) -> None:
    """The machine of the hub itself cannot be reached, however its name is written."""
    settings.WEBHOOK_NETWORKS = []
    with pytest.raises((Refused, posting.NotDelivered)):
        post(hook.url.replace("127.0.0.1", host), b"{}", {})
    assert hook.got == []


def test_the_address_that_was_looked_at_is_connected_to(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is resolved once: it cannot become another address between the look and the connection."""
    names, real = {"rebinding.example": "127.0.0.1"}, socket.getaddrinfo

    def once(host: str, *args: Any, **more: Any) -> Any:
        return real(names.pop(host, host), *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert post(hook.url.replace("127.0.0.1", "rebinding.example"), b"{}", {}).status == 204
    assert hook.got[0].headers["host"].startswith("rebinding.example:")


# HTTPS -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own for the name localhost, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    file = tmp_path_factory.mktemp("certificate") / "localhost.pem"
    file.write_bytes(key.private_bytes(*text) + made.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize(
    "trusted, host, said",
    [
        (True, "localhost", ""),
        (True, "127.0.0.1", "The certificate of the host is not trusted."),
        (False, "localhost", "The certificate of the host is not trusted."),
    ],
)
def test_certificates(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, trusted: bool, host: str, said: str
) -> None:
    """Over HTTPS a trusted certificate for the very name is needed, though the address is connected to."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiver(certificate) as hook:
        url = hook.url.replace("127.0.0.1", host)
        if said:
            with pytest.raises(posting.NotDelivered, match=said):
                post(url, b"{}", {})
        else:
            assert post(url, b"{}", {}).is_good
        assert len(hook.got) == (0 if said else 1)
