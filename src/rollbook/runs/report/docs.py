"""Pages of the reference that follow from the code."""

from rollbook.core.issues import CATALOGUE, IssueType, Severity

_MEANING = {
    Severity.ERROR: "The row, or what it says, is not taken.",
    Severity.WARNING: "The row is taken without the value, or taken with a doubt.",
    Severity.NOTICE: "Nothing is lost; somebody may like to know.",
}


def issue_page() -> str:
    """`docs/reference/issues.md`: every kind of issue, by severity, each with an anchor of its own."""
    lines = [
        "# Issues",
        "",
        "<!-- Generated from rollbook.core.issues by `make docs`; change it there. -->",
        "",
        "What a check or a run can find in the data it was sent. An issue never stops a run: it is counted, listed and",
        "exported. Codes are public and stay as they are. Words in `{}` are filled in with what was found.",
    ]
    for severity in Severity:
        lines += ["", f"## {severity.value.capitalize()}s", "", _MEANING[severity]]
        for kind in CATALOGUE:
            if kind.severity is severity:
                lines += _entry(kind)
    return "\n".join(lines) + "\n"


def _entry(kind: IssueType) -> list[str]:
    return [
        "",
        f'### <a id="{kind.code}"></a>`{kind.code}`: {kind.title}',
        "",
        kind.message.replace("{", "`{").replace("}", "}`"),
        "",
        f"**What to do:** {kind.fix}",
    ]
