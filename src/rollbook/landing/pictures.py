"""Any bytes -> a small JPEG with nothing in it but the picture, or a refusal."""

from io import BytesIO

from PIL import ExifTags, Image

from rollbook.landing.photos import PhotoRefused

LONGEST_SIDE = 512
MAX_BYTES = 20_000_000
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")

_QUALITY = 85
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
