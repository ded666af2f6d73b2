"""Zip archives: judged before anything is read, and never unpacked to disk."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from rollbook.landing.readers.chunks import BLOCK
from rollbook.landing.readers.terms import Limits, refusal

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError)
"""What zipfile and its decompressors raise for bytes that are no sound archive."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_AGAIN = "Make the zip again and send it once more."


def open_archive(file: str, stream: BinaryIO, size: int, limits: Limits) -> zipfile.ZipFile:
    """
    Open a zip once its list of members is sound: names, kinds, encryption and expanded sizes.

    Raises:
        ContractBroken: zip-broken, zip-path, zip-encrypted, zip-ratio, zip-nested or too-many-files.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except BROKEN:
        raise refusal("zip-broken", file, "the zip is damaged or was cut short.", _AGAIN) from None
    members = archive.infolist()
    if len(members) > limits.max_files:
        happened = f"the zip holds more than {limits.max_files} files."
        raise refusal("too-many-files", file, happened, "Send only the sheets.")
    if len({member.filename for member in members}) < len(members):
        raise refusal("zip-broken", file, "the zip holds two files of the same name.", _AGAIN)
    for member in members:
        _judge_member(file, member)
    _judge_sizes(file, members, size, limits)
    return archive


def member_blocks(file: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The expanded bytes of a member; zipfile itself stops at the size that was judged, and proves the CRC."""
    try:
        with archive.open(member) as stream:
            while block := stream.read(BLOCK):
                yield block
    except BROKEN:
        raise refusal("zip-broken", file, "this part of the zip is damaged.", _AGAIN) from None


def _judge_member(file: str, member: zipfile.ZipInfo) -> None:
    name = member.orig_filename
    parts = PurePosixPath(name).parts
    mode = member.external_attr >> 16
    shown = f"{name[:60]!r}"
    if not parts or name.startswith("/") or ".." in parts or _UNSAFE.search(name):
        raise refusal("zip-path", file, f"the name {shown} leads out of the zip or is unsafe.", _AGAIN)
    if any(_DEVICES.match(part) for part in parts):
        raise refusal("zip-path", file, f"the name {shown} is that of a device.", _AGAIN)
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal("zip-path", file, f"{shown} is a link or a device, not a file.", _AGAIN)
    if member.flag_bits & 0x1:
        raise refusal("zip-encrypted", file, "the zip is encrypted.", "Send it without a password.")
    if name.lower().endswith(".zip"):
        raise refusal("zip-nested", file, f"it holds another zip, {shown}.", "Put the sheets into one zip.")


def _judge_sizes(file: str, members: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    """Judge the declared sizes: more than those is never read."""
    pairs = [(member.file_size, min(member.compress_size, size)) for member in members]
    pairs.append((sum(expanded for expanded, _ in pairs), size))
    for expanded, packed in pairs:
        if expanded > limits.free_expanded_bytes and expanded > limits.max_zip_ratio * packed:
            happened = f"it would grow to more than {limits.max_zip_ratio} times its size."
            raise refusal("zip-ratio", file, happened, "Send the sheets without a zip, or look at what they hold.")
    if pairs[-1][0] > limits.max_expanded_bytes:
        happened = f"it would grow to more than {limits.max_expanded_bytes:,} bytes."
        raise refusal("file-too-large", file, happened, "Send less in one delivery.")
