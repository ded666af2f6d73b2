"""
The style sheet of a source's form: it hides the fields that are not asked for as the others stand.

It is made from the declaration, so that the pages need no script (decision 50). A browser that does not know `:has()`
shows every field; the server looks only at those that are asked for.
"""

from collections.abc import Iterator

from rollbook.sources.base import Asked, Setting, SourceKind
from rollbook.web.source_forms import css_class, key


def style_sheet(kind: SourceKind) -> str:
    """Rules that show a field only while the settings that it depends on have one of the values it asks for."""
    rules = [rule for setting in kind.settings if (rule := _rule(kind, setting))]
    return "@supports selector(:has(*)) {\n" + "\n".join(rules) + "\n}\n" if rules else ""


def _rule(kind: SourceKind, setting: Setting) -> str:
    known = {name: list(_states(kind.setting(name), wanted)) for name, wanted in setting.when.items()}
    if not known or not all(known.values()):
        return ""
    asked = "".join(f":has({', '.join(states)})" for states in known.values())
    field = f".{css_class(setting.name)}"
    return f"  .source-form {field} {{ display: none; }}\n  .source-form{asked} {field} {{ display: block; }}"


def _states(setting: Setting, wanted: tuple[str, ...]) -> Iterator[str]:
    """What is marked on the page while a setting has one of some values; nothing for what is typed."""
    name = f'[name="{key(setting.name)}"]'
    for value in wanted:
        if setting.asked is Asked.CHOICE:
            yield f'{name}[value="{value}"]:checked'
        elif setting.asked is Asked.FLAG:
            yield f"{name}:checked" if value == "on" else f"{name}:not(:checked)"
