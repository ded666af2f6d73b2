"""Files of a request -> the folder of an upload, block by block: none is ever held in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from rollbook.core.errors import RollbookError
from rollbook.intake.manual import files
from rollbook.landing.readers import Template


class Basket(FileUploadHandler):
    """
    Keeps the files of one request that can be kept.

    Afterwards `kept` are the names of those, and `refused` the sentences about the others.

    Args:
        folder: Where they go; it must be there.

        templates: How files are read that do not say it themselves.
    """

    def __init__(self, folder: Path, templates: Mapping[str, Template]) -> None:
        super().__init__()
        self.folder, self.templates = folder, templates
        self.kept: list[str] = []
        self.refused: list[str] = []
        self._name, self._size, self._number = "", 0, 0
        self._stream: BinaryIO | None = None

    @property
    def _part(self) -> Path:
        return self.folder / f".{self._number}.part"

    def new_file(self, *args: Any, **more: Any) -> None:
        """Begin a file, or skip it when its name says that it cannot be kept."""
        super().new_file(*args, **more)
        try:
            self._name = files.name_for(self.file_name or "")
        except files.NotTaken as error:
            self._skip(str(error))
        if self._name.casefold() in {name.casefold() for name in self.kept}:
            self._skip(f"{self._name}: there are two files of this name. The first one was kept.")
        self._number += 1
        self._size = 0
        self._stream = self._part.open("xb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Write a block; what is too large is skipped as soon as it shows."""
        assert self._stream is not None
        self._size += len(raw_data)
        if self._size > files.largest(self._name):
            most = f"{files.largest(self._name) // files.MB:,} MB"
            self._drop()
            self._skip(f"{self._name}: it is larger than {most}. It was not kept. Send it by SFTP, or send less.")
        self._stream.write(raw_data)

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        """Keep the whole file, unless it cannot be read."""
        assert self._stream is not None
        self._stream.close()
        self._stream = None
        path = self._part.rename(self.folder / self._name)
        try:
            files.judge(path, self.templates)
        except RollbookError as error:
            path.unlink()
            self.refused.append(str(error).replace("Nothing was changed.", "It was not kept."))
        else:
            self.kept.append(self._name)

    def upload_interrupted(self) -> None:
        """The browser went away in the middle of a file."""
        self._drop()

    def _drop(self) -> None:
        if self._stream:
            self._stream.close()
            self._stream = None
            self._part.unlink()

    def _skip(self, sentence: str) -> None:
        self.refused.append(sentence)
        raise SkipFile
