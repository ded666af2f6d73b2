"""
Photos of people: each kept once, small, and with nothing in it but the picture.

A photo is named by its *received* bytes (SHA-256): the same picture at the source has the same reference on every
night and with every version of the library that scales it, and a photo that is known is not opened again.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image

LONGEST_SIDE = 512
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")

_QUALITY = 85
_REFERENCE = re.compile(r"photo:([0-9a-f]{64})")
_PALETTES = ("1", "P", "PA")
_MODES = (*_PALETTES, "L", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotoRefused(ValueError):
    """What came is not kept as a photo. The message says why, and ends a sentence that begins with "The photo"."""


@dataclass(frozen=True)
class Photos:
    """
    The photos that a hub keeps.

    Args:
        folder: Made when the first photo is kept. Photos lie in it as `<first two digits>/<digest>.jpg`.
    """

    folder: Path

    def keep(self, received: bytes) -> str:
        """
        Keep a photo, and say how the roster refers to it: `photo:<digest>`.

        A photo that is kept again counts as new, so that whoever removes old ones spares it (see `unnamed`).

        Raises:
            PhotoRefused: It is no picture, or none that the hub takes. Nothing was kept.
        """
        digest = hashlib.sha256(received).hexdigest()
        path = self._path(digest)
        try:
            os.utime(path)
        except FileNotFoundError:
            _write(path, cleaned(received))
        return f"photo:{digest}"

    def read(self, reference: str) -> bytes | None:
        """The JPEG that a reference names; None when there is none, or when it refers to something else."""
        if found := _REFERENCE.fullmatch(reference):
            with suppress(FileNotFoundError):
                return self._path(found[1]).read_bytes()
        return None

    def unnamed(self, named: Container[str], before: float) -> Iterator[str]:
        """
        The references of photos that nothing names any more.

        Args:
            named: What roster rows and the files of kept runs refer to.

            before: A time (seconds of the epoch); photos kept later are left out, since the run that brought them
                may not have named them yet.
        """
        for path in sorted(self.folder.glob("??/*.jpg")):
            reference = f"photo:{path.stem}"
            if reference not in named and path.stat().st_mtime < before:
                yield reference

    def remove(self, reference: str) -> None:
        """Remove a photo for good; nothing happens where there is none."""
        if found := _REFERENCE.fullmatch(reference):
            self._path(found[1]).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.jpg"


def cleaned(received: bytes) -> bytes:
    """
    The picture alone, as JPEG: upright, no longer than `LONGEST_SIDE`, on white where it was transparent.

    Places, dates, cameras, comments, colour profiles and anything after the picture stay behind.

    Raises:
        PhotoRefused: It is too large, animated, broken, or no picture.
    """
    if len(received) > MAX_BYTES:
        raise PhotoRefused(f"is larger than {MAX_BYTES // 1_000_000} MB")
    image = _opened(received)
    if image.width * image.height > MAX_PIXELS:
        raise PhotoRefused(f"has more than {MAX_PIXELS // 1_000_000} million pixels")
    if image.format != "MPO" and getattr(image, "is_animated", False):  # an MPO is a still with further views
        raise PhotoRefused("is animated")
    if image.mode not in _MODES:
        raise PhotoRefused("has colours of an unusual kind")
    turn = _UPRIGHT.get(_orientation(image))
    picture = _scaled(image)
    if turn is not None:
        picture = picture.transpose(turn)
    written = BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _opened(received: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(received), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoRefused(f"has more than {MAX_PIXELS // 1_000_000} million pixels") from None
    except Exception as error:  # decoders of foreign bytes raise whatever the bytes make them stumble over
        raise PhotoRefused("is no JPEG, PNG, GIF, WebP or BMP picture") from error


def _scaled(image: Image.Image) -> Image.Image:
    """The pixels alone: a new picture takes nothing along of what the old one knew about itself."""
    try:
        image.draft(None, (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a JPEG is decoded no larger than it is needed
        image.load()
    except Exception as error:
        raise PhotoRefused("is broken: its picture cannot be read to the end") from error
    is_clear = image.has_transparency_data
    if image.mode in _PALETTES or is_clear:
        image = image.convert("RGBA" if is_clear else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture = Image.new("RGB", image.size, "white")
    picture.paste(image.convert("RGB"), mask=image.getchannel("A") if is_clear else None)
    return picture


def _orientation(image: Image.Image) -> int:
    """How the camera was held; 1 = upright, also where what the file says about it is broken."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        return 1


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner's eyes only."""
    path.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
