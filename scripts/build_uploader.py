"""
Build the upload utility as one file: python scripts/build_uploader.py (`make uploader`).

The same sources give the same bytes on every machine: files are packed in the order of their names, with one date.
"""

import io
import stat
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SOURCES = REPOSITORY / "uploader"
TARGET = REPOSITORY / "dist" / "rollbook-upload.pyz"

_START = b"#!/usr/bin/env python3\n"
_MAIN = "import sys\n\nfrom rollbook_upload.main import main\n\nsys.exit(main())\n"
_DATE = (1980, 1, 1, 0, 0, 0)


def zipapp() -> bytes:
    """The program as a zip that Python runs."""
    files = {
        path.relative_to(SOURCES).as_posix(): path.read_bytes() for path in SOURCES.glob("rollbook_upload/**/*.py")
    }
    files["__main__.py"] = _MAIN.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.create_system = 3  # the same on Windows
            archive.writestr(entry, files[name].replace(b"\r\n", b"\n"))
    return _START + packed.getvalue()


def main(target: Path) -> None:
    """Write it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(zipapp())
    target.chmod(0o755)
    print(f"wrote {target} ({target.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
