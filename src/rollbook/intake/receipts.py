"""What a sender is told of a delivery: a text, and the report, in the outbox of the account."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from rollbook.intake.models import Delivery, FirstLook
from rollbook.intake.store import prepare
from rollbook.runs.models import Mode, Run, origin

_KEPT = 30
_FIRST_LOOK = "first-look"
_VERDICT = {
    Delivery.State.WAITING: "not yet: it waits for its run",
    Delivery.State.RUNNING: "not yet: it is being checked",
    Delivery.State.ACCEPTED: "ACCEPTED",
    Delivery.State.HELD: "HELD: a person at the receiving end has to look at it first",
    Delivery.State.REFUSED: "REFUSED: nothing was changed",
    Delivery.State.INCOMPLETE: "INCOMPLETE: it waits for what is missing",
    Delivery.State.UNCHANGED: "UNCHANGED: the same as the delivery before, so there is nothing to do",
}


def write(delivery: Delivery, now: datetime) -> None:
    """Put the receipt, and the report of the run where there is one, into the outbox."""
    _write(delivery, f"receipt-{now:%Y-%m-%d-%H%M%S}", text(delivery))
    outbox = prepare(delivery.account).outbox
    _drop_first_look(outbox)
    _drop_old(outbox)


def write_first_look(look: FirstLook, now: datetime) -> None:
    """Put what the files would come to into the outbox, in the place of the first look before."""
    _drop_first_look(prepare(look.account).outbox)
    until = look.latest + timedelta(minutes=look.account.quiet_minutes)
    _write(
        look,
        _FIRST_LOOK,
        _told(
            look,
            f"First look at the files of {look.account.login}, {now:%Y-%m-%d %H:%M} UTC",
            f"Nothing was taken yet: the delivery is closed when nothing else comes until about {until:%H:%M} UTC.",
            "Result, if nothing else comes",
        ),
    )


def text(delivery: Delivery) -> str:
    """The receipt, for people."""
    title = f"Delivery {delivery.pk} of {delivery.account.login}, {delivery.closed:%Y-%m-%d %H:%M} UTC"
    return _told(delivery, title, "", "Result")


def _write(answered: Delivery | FirstLook, stem: str, told: str) -> None:
    outbox = prepare(answered.account).outbox
    if answered.run and answered.state != Delivery.State.UNCHANGED:
        _copy_reports(answered.run, outbox, stem)
    _put(outbox / f"{stem}.txt", told)
    answered.receipt = f"{stem}.txt"
    answered.save(update_fields=["receipt"])


def _told(answered: Delivery | FirstLook, title: str, remark: str, result: str) -> str:
    integration = answered.account.integration
    lines = [
        f"Receipt for {integration.tenant.name}, {integration.name}",
        title,
        *([remark] if remark else []),
        "",
        f"{result}: {_VERDICT[Delivery.State(answered.state)]}",
        *_reasons(answered),
        "",
        "Files received:",
        *(f"  {file['path']}  {file['size']:,} bytes  SHA-256 {file['sha256']}" for file in answered.files),
    ]
    if answered.run and answered.state != Delivery.State.UNCHANGED:
        lines += _of_run(answered.run)
    return "\n".join(lines) + "\n"


def _reasons(delivery: Delivery | FirstLook) -> list[str]:
    from rollbook.core.guards import Held, sentence

    if delivery.state == Delivery.State.INCOMPLETE:
        return [f"Missing: {', '.join(delivery.missing)}. Send it, and the delivery goes on by itself."]
    if delivery.state == Delivery.State.HELD and delivery.run:
        return [sentence(Held(**held)) for held in delivery.run.held]
    if delivery.state == Delivery.State.REFUSED:
        return [delivery.error]
    return []


def _of_run(run: Run) -> list[str]:
    from rollbook.core.issues import issue_type

    tried = " (tried only: the roster follows with the next run)" if run.mode == Mode.TEST else ""
    lines = ["", f"Records{tried}:"]
    for entity, counts in run.counts.items():
        told = ", ".join(f"{number:,} {action}" for action, number in counts.items() if number)
        lines += [f"  {entity}: {told}"] if told else []
    if run.issue_counts:
        lines += ["", "Findings:"]
    for code, number in run.issue_counts.items():
        kind = issue_type(code)
        lines.append(f"  {number:,} x {kind.title} ({kind.severity}). {kind.fix}")
    return lines


def _copy_reports(run: Run, outbox: Path, stem: str) -> None:
    from rollbook.runs.folder import RunFolder

    excel = RunFolder.of(run).excel
    if excel.exists():
        draft = outbox / f".{stem}.xlsx"
        shutil.copyfile(excel, draft)
        draft.replace(outbox / f"{stem}.xlsx")
    rows = RunFolder.of(origin(run)).report / "error-rows"
    if rows.is_dir() and any(rows.iterdir()):
        made = shutil.make_archive(str(outbox / f".{stem}-error-rows"), "zip", rows)
        Path(made).replace(outbox / f"{stem}-error-rows.zip")


def _put(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(content, encoding="utf-8")
    draft.replace(path)


def _drop_first_look(outbox: Path) -> None:
    for path in outbox.glob(f"{_FIRST_LOOK}*"):
        path.unlink(missing_ok=True)


def _drop_old(outbox: Path) -> None:
    """The newest receipts stay, with what belongs to them."""
    stems = sorted({path.name[: len("receipt-2026-01-01-000000")] for path in outbox.glob("receipt-*")})
    for stem in stems[:-_KEPT]:
        for path in outbox.glob(f"{stem}*"):
            path.unlink(missing_ok=True)
