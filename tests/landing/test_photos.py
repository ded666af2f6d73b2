"""Photos are kept once, small, and with nothing in them but the picture."""

import hashlib
import io
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from rollbook.landing import pictures
from rollbook.landing.photos import PhotoRefused, Photos
from rollbook.landing.pictures import cleaned

# Pillow warns of what it passes over; in tests a warning would be an error.
WARNED = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
COLOURS = {(255, 0, 0): "red", (0, 255, 0): "lime", (0, 0, 255): "blue", (255, 255, 255): "white"}
SECRET = b"at-home-secret"
PLACE = {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (40.0, 26.0, 46.0)}


def drawn(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """A picture whose four corners differ: red, green, blue and white from the top left on, clockwise."""
    small = Image.new("RGB", (2, 2))
    for place, colour in zip([(0, 0), (1, 0), (1, 1), (0, 1)], COLOURS, strict=True):
        small.putpixel(place, colour)
    return small.resize(size, Image.Resampling.NEAREST).convert(mode)


def written(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def corners(image: Image.Image) -> list[str]:
    """The nearest plain colour of each corner, clockwise from the top left."""
    right, bottom = image.width - 3, image.height - 3
    found: list[Any] = [image.convert("RGB").getpixel(at) for at in [(2, 2), (right, 2), (right, bottom), (2, bottom)]]
    return [COLOURS[min(COLOURS, key=lambda plain: math.dist(plain, seen))] for seen in found]


def exif(orientation: int = 1) -> Image.Exif:
    """What a camera writes: how it was held, what it is called, and where it was."""
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = orientation
    found[ExifTags.Base.Make] = SECRET.decode()
    found[ExifTags.IFD.GPSInfo] = PLACE
    return found


def png_with_texts() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    return written(drawn(), "PNG", pnginfo=texts, exif=exif())


LOADED: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: written(drawn(), "JPEG", exif=exif(), comment=SECRET, xmp=SECRET, icc_profile=SECRET),
    "png": png_with_texts,
    "webp": lambda: written(drawn(), "WEBP", exif=exif(), xmp=SECRET, icc_profile=SECRET),
    "gif": lambda: written(drawn(mode="P"), "GIF", comment=SECRET),
    "behind the picture": lambda: written(drawn(), "JPEG") + SECRET,
}


@pytest.mark.parametrize("make", LOADED.values(), ids=LOADED)
def test_nothing_is_kept_but_the_picture(make: Callable[[], bytes]) -> None:
    """Places, cameras, comments and whatever else lies in a photo are gone."""
    received = make()
    assert SECRET in received
    kept = cleaned(received)
    image = opened(kept)
    assert SECRET not in kept
    assert (dict(image.getexif()), image.getexif().get_ifd(ExifTags.IFD.GPSInfo)) == ({}, {})
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright(orientation: int) -> None:
    """However the camera was held: the kept photo, which no longer says it, looks as the received one was shown."""
    undo = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}  # fmt: skip
    turned = drawn() if orientation == 1 else drawn().transpose(undo[orientation])
    kept = opened(cleaned(written(turned, "JPEG", quality=95, exif=exif(orientation))))
    assert (kept.size, corners(kept)) == ((64, 48), ["red", "lime", "blue", "white"])


@pytest.mark.parametrize("size, kept", [((1600, 1200), (512, 384)), ((300, 900), (171, 512)), ((40, 30), (40, 30)),
                                        ((4000, 1), (512, 1))])  # fmt: skip
def test_large_photos_are_made_smaller_and_small_ones_stay(size: tuple[int, int], kept: tuple[int, int]) -> None:
    """No side is longer than 512 pixels, proportions stay, and nothing is blown up."""
    assert opened(cleaned(written(drawn(size), "JPEG"))).size == kept


@pytest.mark.parametrize("format, mode", [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "LA"),
                                          ("PNG", "P"), ("PNG", "RGBA"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB"),
                                          ("MPO", "RGB")])  # fmt: skip
def test_pictures_of_many_kinds_become_jpegs(format: str, mode: str) -> None:
    """Whatever the format and the colours of a still picture, a JPEG in plain colours is kept."""
    kept = opened(cleaned(written(drawn(mode=mode), format)))
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (64, 48))
    assert mode in ("L", "1", "LA") or corners(kept) == ["red", "lime", "blue", "white"]


def test_what_is_transparent_becomes_white() -> None:
    """A cut-out head stands on white, not on black."""
    kept = opened(cleaned(written(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG")))
    assert kept.getpixel((4, 4)) == (255, 255, 255)


def test_a_still_with_further_views_is_a_photo() -> None:
    """Some telephones and cameras add a second view to a JPEG; the first is kept."""
    second = drawn().transpose(Image.Transpose.ROTATE_180)
    received = written(drawn(), "MPO", save_all=True, append_images=[second])
    assert corners(opened(cleaned(received))) == ["red", "lime", "blue", "white"]


# Refused ---------------------------------------------------------------------------------------------


def refusal(received: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        cleaned(received)
    return str(refused.value)


@pytest.mark.parametrize("received", [b"", b"<html>Please log in</html>", b"%PDF-1.7", b"\xff\xd8\xff", b"GIF89a"])
def test_what_is_no_picture_is_refused(received: bytes) -> None:
    """A page of an error, or the first bytes of a picture, are no photo."""
    assert refusal(received) == "is no JPEG, PNG, GIF, WebP or BMP picture"


def test_formats_that_no_photo_has_are_refused() -> None:
    """What Pillow could open, but no SIS sends, is not opened: less to go wrong."""
    received = [written(drawn(), format) for format in ("TIFF", "PPM", "ICO", "PCX")]
    assert {refusal(one) for one in received} == {"is no JPEG, PNG, GIF, WebP or BMP picture"}


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_moving_pictures_are_refused(format: str) -> None:
    """A photo stands still."""
    frames = [drawn(), drawn().transpose(Image.Transpose.ROTATE_180)]
    received = written(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    assert refusal(received) == "is animated"


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is not even opened."""
    monkeypatch.setattr(pictures, "MAX_BYTES", 1_000_000)
    assert refusal(bytes(1_000_001)) == "is larger than 1 MB"


@pytest.mark.parametrize("side", [7_000, 10_000, 20_000])
def test_a_bomb_is_refused(side: int) -> None:
    """A small file that would unfold into gigabytes is judged by its header, and not unfolded."""
    received = written(Image.new("1", (side, side)), "PNG", compress_level=9)
    assert len(received) < 100_000
    assert refusal(received) == "has more than 40 million pixels"


def test_unusual_colours_are_refused() -> None:
    """A measurement of 16 bits is no photo, and would be shown wrong."""
    assert refusal(written(Image.new("I;16", (8, 8)), "PNG")) == "has colours of an unusual kind"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_a_photo_that_was_cut_off_is_refused(format: str) -> None:
    """Half a photo is not kept, wherever it was cut."""
    whole = written(Image.radial_gradient("L").convert("P" if format == "GIF" else "RGB"), format)
    for end in range(1, len(whole) - 16, max(1, len(whole) // 40)):
        assert refusal(whole[:end])


@WARNED
def test_a_broken_note_about_how_the_camera_was_held_is_passed_over() -> None:
    """What a photo says about itself may be broken; the picture is kept as it lies."""
    received = written(drawn(), "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert corners(opened(cleaned(received))) == ["red", "lime", "blue", "white"]


STARTS = st.sampled_from([make() for make in LOADED.values()] + [written(drawn(), "BMP"), b""])


@WARNED
@given(STARTS, st.data())
def test_any_bytes(start: bytes, data: st.DataObject) -> None:
    """Any bytes, damaged pictures among them, give a clean small JPEG or a refusal in plain words."""
    cut = data.draw(st.integers(0, len(start)))
    received = start[:cut] + data.draw(st.binary(max_size=40)) + start[cut + data.draw(st.integers(0, 40)) :]
    try:
        content, said = cleaned(received), ""
    except PhotoRefused as refused:
        content, said = written(drawn(), "JPEG"), str(refused)
    kept = opened(content)
    assert not said or said.startswith(("is ", "has "))
    assert (kept.format, kept.mode, max(kept.size) <= 512, dict(kept.getexif())) == ("JPEG", "RGB", True, {})


# Kept ------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Photos:
    return Photos(tmp_path / "photos")


def files(store: Photos) -> list[str]:
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


def test_a_photo_is_kept_once(kept: Photos) -> None:
    """The same picture has the same reference whoever brings it and whenever, and one file."""
    received = written(drawn(), "PNG")
    digest = hashlib.sha256(received).hexdigest()
    assert {kept.keep(received) for _ in range(3)} == {f"photo:{digest}"}
    assert files(kept) == [f"{digest[:2]}/{digest}.jpg"]
    assert kept.read(f"photo:{digest}") == cleaned(received)


def test_the_reference_is_of_what_came(kept: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo that would be written differently today keeps its reference and its file: nothing changes overnight."""
    received = written(drawn((900, 900)), "PNG")
    reference = kept.keep(received)
    before = kept.read(reference)
    monkeypatch.setattr(pictures, "LONGEST_SIDE", 128)
    assert (kept.keep(received), kept.read(reference)) == (reference, before)


def test_photos_are_for_the_owner_alone(kept: Photos) -> None:
    """Nobody else on the machine looks at them."""
    kept.keep(written(drawn(), "PNG"))
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in kept.folder.rglob("*")}
    assert (kept.folder.stat().st_mode & 0o777, modes) == (0o700, {True: 0o700, False: 0o600})


def test_a_refused_photo_leaves_nothing(kept: Photos) -> None:
    """What is refused is not kept, not even in part."""
    with pytest.raises(PhotoRefused):
        kept.keep(b"no picture")
    assert not kept.folder.exists()


def test_a_photo_that_cannot_be_written_leaves_nothing(kept: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full there is no half photo that a later night would take for a whole one."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        kept.keep(written(drawn(), "PNG"))
    assert files(kept) == []


@pytest.mark.parametrize("reference", ["", "photo:", "photo:../secret", "https://x.example/1.jpg", f"photo:{'0' * 64}"])
def test_what_names_no_kept_photo_gives_none(kept: Photos, reference: str) -> None:
    """A reference leads to a kept photo or nowhere: never to another file."""
    assert kept.read(reference) is None


def test_photos_that_nothing_names_are_found_and_removed(kept: Photos) -> None:
    """Whoever removes old photos is told of those that nothing names, but not of those that just came again."""
    named, gone, came_again = (kept.keep(written(drawn((n, n)), "PNG")) for n in (8, 9, 10))
    for path in kept.folder.rglob("*.jpg"):
        os.utime(path, (0, 0))
    kept.keep(written(drawn((10, 10)), "PNG"))
    assert list(kept.unnamed({named}, time.time() - 60)) == [gone]
    kept.remove(gone)
    assert [kept.read(one) is None for one in (named, gone, came_again)] == [False, True, False]
