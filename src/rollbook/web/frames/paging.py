"""Pages of rows, from the database or from the files of a run."""

from collections.abc import Callable
from typing import Any, TypeVar

import polars as pl
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from rollbook.core.frames import height

PAGE_SIZE = 50
M = TypeVar("M", bound=Model)


class FrameRows:
    """The rows of a frame, as a paginator takes them: only the page that is asked for is read."""

    def __init__(self, frame: pl.LazyFrame, finish: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        self._frame, self._finish = frame, finish
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            self._length = height(self._frame)
        return self._length

    def __getitem__(self, rows: slice) -> list[dict[str, Any]]:
        start, stop = rows.start or 0, rows.stop if rows.stop is not None else len(self)
        return self._finish(self._frame.slice(start, stop - start).collect()).to_dicts()


def frame_page(
    request: HttpRequest,
    frame: pl.LazyFrame,
    size: int = PAGE_SIZE,
    finish: Callable[[pl.DataFrame], pl.DataFrame] = lambda page: page,
) -> Page[dict[str, Any]]:
    """
    The page of `frame` that the address asks for; the nearest one when it does not exist.

    Args:
        finish: What is done to the rows of the page alone.
    """
    paginator: Paginator[dict[str, Any]] = Paginator(FrameRows(frame, finish), size)  # type: ignore[arg-type]
    return paginator.get_page(request.GET.get("page"))


def query_page(request: HttpRequest, rows: QuerySet[M], size: int = PAGE_SIZE) -> Page[M]:
    """The page of `rows` that the address asks for; the nearest one when it does not exist."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
