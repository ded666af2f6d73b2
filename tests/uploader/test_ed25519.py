"""Signatures are verified as others make them."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollbook_upload.ed25519 import is_signed

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
        "4655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
        "eb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("key, message, signature", VECTORS)
def test_the_vectors_of_the_standard(key: str, message: str, signature: str) -> None:
    """What RFC 8032 signs is verified, and nothing that differs from it."""
    given = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert is_signed(*given)
    assert not is_signed(given[0], given[1] + b".", given[2])


def test_what_another_library_signs_is_verified() -> None:
    """Keys, messages and signatures out of chance; each is refused with one bit turned in any of the three."""
    for size in (0, 1, 1000, 100_000):
        signer, message = Ed25519PrivateKey.generate(), os.urandom(size)
        key, signature = signer.public_key().public_bytes_raw(), signer.sign(message)
        assert is_signed(key, message, signature)
        for place in (0, 31, 32, 63):
            assert not is_signed(key, message, turned(signature, place))
        assert not is_signed(turned(key, 5), message, signature)
        assert not is_signed(key, turned(message or b"\0", size // 2), signature)


def turned(text: bytes, place: int) -> bytes:
    return text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]


def test_no_other_signature_is_made_out_of_one() -> None:
    """A scalar beyond the order of the group, and keys that are no points, are refused."""
    signer = Ed25519PrivateKey.generate()
    key, signature = signer.public_key().public_bytes_raw(), signer.sign(b"text")
    order = 2**252 + 27742317777372353535851937790883648493
    beyond = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not is_signed(key, b"text", signature[:32] + beyond)
    assert not is_signed(b"\xff" * 32, b"text", signature)
    assert not is_signed(key, b"text", signature[:63])
