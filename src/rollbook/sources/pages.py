"""The reference page of each kind of source that is pulled, in Markdown: what it asks for, can see, and reads."""

from collections.abc import Iterator

from rollbook.sources.base import Asked, Setting, SourceKind
from rollbook.sources.kinds import KINDS
from rollbook.sources.templates import streams_text

PAGES = "docs/reference/sources"
_NOTE = "<!-- Written by `make docs` from the declaration of the source. -->"


def docs_pages() -> dict[str, str]:
    """Path in the repository -> text, for the page of each kind and the list of them."""
    pulled = [kind for kind in KINDS.values() if kind.is_pulled]
    return {f"{PAGES}/{kind.name}.md": source_page(kind) for kind in pulled} | {f"{PAGES}/README.md": _index(pulled)}


def source_page(kind: SourceKind) -> str:
    """Everything that a kind of source declares."""
    blocks = [_NOTE, f"# {kind.title}", kind.about, kind.proof, *_settings(kind), *_sights(kind), *_streams(kind)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _index(kinds: list[SourceKind]) -> str:
    rows = [f"| [{k.title}]({k.name}.md) | `{k.name}` | {'yes' if k.offers_delta else ''} |" for k in kinds]
    head = "How to set them up: [sources](../../sources/README.md)."
    return (
        "\n\n".join([_NOTE, "# Sources", head, "\n".join(["| Source | Name | Changes only |", "|---|---|---|", *rows])])
        + "\n"
    )


def _settings(kind: SourceKind) -> Iterator[str]:
    yield "## Settings"
    rows = (f"| `{s.shown}` | {s.title} | {_needed(s)} | {_default(s)} | {_said(s)} |" for s in kind.settings)
    yield "\n".join(["| Setting | On the form | Needed | Default | What it does |", "|---|---|---|---|---|", *rows])
    yield "Beside these it has the [settings of every integration](../settings.md)."


def _needed(setting: Setting) -> str:
    when = " and ".join(f"`{name}` is {' or '.join(f'`{v}`' for v in values)}" for name, values in setting.when.items())
    return f"{'yes' if setting.required else ''}{f' when {when}' if when else ''}".strip()


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else ""


def _said(setting: Setting) -> str:
    choices = ", ".join(f"`{value}`: {title}" for value, title in setting.choices.items())
    kinds = {Asked.FLAG: "`on` or `off`.", Asked.LIST: "Comma separated."}
    parts = (
        setting.help,
        f"{'Any' if setting.asked is Asked.LIST else 'One'} of {choices}." if choices else "",
        kinds.get(setting.asked, "Stored sealed." if setting.is_secret else ""),
    )
    return " ".join(part for part in parts if part).replace("|", "\\|").replace("\n", " ")


def _sights(kind: SourceKind) -> Iterator[str]:
    yield "## What it can see"
    rows = (f"| {sight.what} | {sight.sees} | {sight.note} |" for sight in kind.sights)
    yield "\n".join(["| What | Seen | Note |", "|---|---|---|", *rows])


def _streams(kind: SourceKind) -> Iterator[str]:
    """The streams as they are by default; where settings decide what they are, the text says nothing of them."""
    if kind.streams:
        yield "## Streams"
        yield "A column is a path into the record as the system sends it."
        yield from streams_text(kind.load().layout({}))
