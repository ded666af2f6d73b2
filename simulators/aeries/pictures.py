"""School photographs: a coloured card for each student, with the EXIF that a camera leaves behind."""

import base64
import colorsys
import io
from functools import lru_cache

from PIL import Image, ImageDraw

from simulators.aeries.keys import Row

SIZE = (96, 120)
CAMERA, OWNER, LATITUDE = "Harrow Pictures Mark II", "Photographer on duty", (44.0, 33.0, 12.5)
_MAKE, _ARTIST, _GPS, _GPS_LATITUDE_REF, _GPS_LATITUDE = 0x010F, 0x013B, 0x8825, 1, 2


def has_picture(student: int) -> bool:
    """Some were absent on the day of the photographer."""
    return student % 11 != 0


def is_blank(student: int) -> bool:
    """Some are on the photographer's list without a photograph."""
    return student % 13 == 0


def picture_row(student: int, school: int, year: int, key: str) -> Row:
    """A student in the list of pictures; in some, last year's comes after this year's."""
    pictures = [] if is_blank(student) else [_picture(student, year)]
    if pictures and student % 5 == 0:
        pictures.append(_picture(student, year - 1))
    return {key: student, "SchoolCode": school, "Pictures": pictures}


def _picture(student: int, year: int) -> Row:
    content = jpeg(student, year)
    return {
        "SchoolYear": year,
        "RawBinary": base64.b64encode(content).decode(),
        "FileExtension": "jpg",
        "FileSize": len(content),
    }


@lru_cache(maxsize=512)
def jpeg(student: int, year: int) -> bytes:
    """The same student and year always give the same photograph."""
    hue = (student * 0.618 + year * 0.1) % 1
    red, green, blue = (round(part * 255) for part in colorsys.hsv_to_rgb(hue, 0.5, 0.9))
    image = Image.new("RGB", SIZE, (red, green, blue))
    pen = ImageDraw.Draw(image)
    pen.ellipse((28, 20, 68, 68), fill=(240, 214, 190))
    pen.rectangle((14, 80, 82, 120), fill=(blue, red, green))
    exif = Image.Exif()
    exif[_MAKE], exif[_ARTIST] = CAMERA, OWNER
    exif.get_ifd(_GPS).update({_GPS_LATITUDE_REF: "N", _GPS_LATITUDE: LATITUDE})
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60, exif=exif)
    return file.getvalue()
