"""Two tenants with integrations and runs in every state, written straight to the database and the run folders."""

from __future__ import annotations

import hashlib
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import polars as pl
from PIL import Image

from rollbook.accounts.models import Member, Tenant
from rollbook.core import issues, schema
from rollbook.core.plan import PLAN_COLUMNS
from rollbook.core.schedules.timetable import BlackOut
from rollbook.intake.manual import places
from rollbook.intake.manual.models import ManualUpload
from rollbook.intake.models import Account, Delivery, ReceivedFile
from rollbook.integrations.models import Integration
from rollbook.integrations.photos import photos
from rollbook.notices import changing as changing_notices
from rollbook.notices.events import run_ended
from rollbook.notices.models import Notice, Subscription, Webhook
from rollbook.roster.models import model
from rollbook.runs.folder import REJECTED, RunFolder
from rollbook.runs.models import Mode, Run, State
from rollbook.schedules import changing
from rollbook.schedules.models import Schedule
from tests.web.intake_seed import delivered, lying, sender

PASSWORD = "a quiet morning in May"
NIGHT = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """What the tests of the pages look at."""

    member: Member
    stranger: Member
    operator: Member
    nightly: Integration
    portrayed: Any
    applied: Run
    held: Run
    tested: Run
    failed: Run
    running: Run
    foreign: Run
    schedule: Schedule
    address: Subscription
    webhook: Webhook
    upload: ManualUpload
    sender: Account
    delivery: Delivery
    received: ReceivedFile


def seed() -> World:
    """Northfield with six integrations, and Southport, which must never see any of it."""
    northfield = Tenant.objects.create(slug="northfield", name="Northfield School District")
    southport = Tenant.objects.create(slug="southport", name="Southport Academy")
    members = Member.objects
    nightly = integrate(northfield, "Northfield nightly")
    admissions = integrate(northfield, "Admissions", layout="finalsite")
    staff = integrate(northfield, "Staff from HR", layout="app_sftp")
    transport = integrate(northfield, "Transport", layout="canvas")
    integrate(northfield, "Summer school")
    integrate(northfield, "Old student system", is_active=False)
    lakeside = {"sourced_id": uuid.UUID(OTHER_SCHOOL), "name": "Lakeside Middle", "tenant": northfield}
    model("org")._default_manager.create(**lakeside, date_created=NIGHT, date_last_modified=NIGHT)
    for nights_ago in range(60, 0, -1):
        history(nightly, nights_ago)
    applied = applied_run(nightly)
    held, failed = held_run(staff), failed_run(transport)
    foreign = applied_run(integrate(southport, "Southport nightly"))
    for run in (applied, held, failed, foreign):
        run_ended(run, run.ended)
    tested = tested_run(admissions)
    account = sender(admissions, "northfield")
    delivery = delivered(account, tested, Delivery.State.ACCEPTED)
    delivered(sender(foreign.integration, "southport"), foreign, Delivery.State.ACCEPTED)
    return World(
        member=members.create_member("ada@northfield.example", PASSWORD, name="Ada Lindqvist", tenant=northfield),
        stranger=members.create_member("sam@southport.example", PASSWORD, name="Sam Stranger", tenant=southport),
        operator=members.create_member("olga@hub.example", PASSWORD, name="Olga Operator"),
        nightly=nightly,
        portrayed=portrayed(northfield),
        applied=applied,
        held=held,
        tested=tested,
        failed=failed,
        running=make_run(nightly, State.READING, started=NIGHT + timedelta(days=1), took=None),
        foreign=foreign,
        schedule=schedule(nightly, applied),
        address=an_address(northfield),
        webhook=a_webhook(northfield, failed),
        upload=an_upload(nightly),
        sender=account,
        delivery=delivery,
        received=lying(account),
    )


def integrate(tenant: Tenant, name: str, *, layout: str = "oneroster_12", **more: Any) -> Integration:
    """An integration of data sheets."""
    return Integration.objects.create(tenant=tenant, name=name, source="sheets", settings={"layout": layout}, **more)


def portrayed(tenant: Tenant) -> Any:
    """Lia Roe, of whom the hub keeps a photo."""
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(drawn, "PNG")
    lia = {"sourced_id": uuid.UUID(hex_id("lia")), "given_name": "Lia", "family_name": "Roe", "tenant": tenant}
    kept = {"photo_url": photos().keep(drawn.getvalue()), "date_created": NIGHT, "date_last_modified": NIGHT}
    return model("user")._default_manager.create(**lia, **kept)


def schedule(integration: Integration, run: Run) -> Schedule:
    """Every night at 00:15 in Chicago, with a black-out; its last run is the one that is given."""
    integration.settings |= {"path": "/srv/northfield"}
    integration.save()
    return changing.add(
        integration,
        every="day",
        minute=15,
        zone="America/Chicago",
        blackouts=[BlackOut(date(2036, 12, 20), date(2037, 1, 3), "Winter break")],
        last_at=NIGHT,
        last_run=run,
        last_outcome=f"Queued run {run.pk}.",
    )


def an_address(tenant: Tenant) -> Subscription:
    """A plain address that is told of failures."""
    return Subscription.objects.create(tenant=tenant, address="desk@northfield.example", events=["run.failed"])


def an_upload(integration: Integration) -> ManualUpload:
    """One file that was uploaded by hand, said to be the orgs."""
    sheets: dict[str, Any] = {"orgs.csv": {"sheet": "orgs", "header_row": None, "columns": {}}}
    made = ManualUpload.objects.create(integration=integration, files=["orgs.csv"], choices={"sheets": sheets})
    places.folder(made).mkdir(parents=True)
    (places.folder(made) / "orgs.csv").write_text("sourcedId,name,type\nN1,North High,school\n", encoding="utf-8")
    return made


def a_webhook(tenant: Tenant, run: Run) -> Webhook:
    """A webhook that was told of a run, in vain so far."""
    made, _ = changing_notices.new_webhook(tenant, "https://status.northfield.example/rollbook")
    made.tried, made.is_well, made.outcome = NIGHT, False, "HTTP 503."
    changing_notices.choose(made, ["run.failed", "run.held"], None)
    notice = Notice.objects.get(run=run)
    made.messages.create(
        notice=notice, cause=notice.cause, day=NIGHT.date(), next_try=NIGHT, attempts=1, outcome="HTTP 503."
    )
    return made


def make_run(
    integration: Integration, state: State, *, started: datetime = NIGHT, took: float | None = 48.2, **more: Any
) -> Run:
    """A run that began at `started` and took so many seconds; None while it runs."""
    ended = None if took is None else started + timedelta(seconds=took)
    run = Run.objects.create(integration=integration, state=state, started=started, ended=ended, **more)
    Run.objects.filter(pk=run.pk).update(created=started)
    run.refresh_from_db()
    run.folder.mkdir(parents=True)
    return run


def history(integration: Integration, nights_ago: int) -> Run:
    """A quiet night: hardly anything changes."""
    counts = {"user": tally(update=nights_ago % 4, unchanged=2_410), "enrollment": tally(unchanged=14_882)}
    started = NIGHT - timedelta(days=nights_ago)
    return make_run(integration, State.APPLIED, started=started, took=31.4, trigger="command", counts=counts)


def tally(**counts: int) -> dict[str, int]:
    """The counts of one entity; what is not named is 0."""
    actions = ("create", "update", "reactivate", "deactivate", "unchanged", "reject", "ignore")
    return {action: counts.get(action, 0) for action in actions}


def hex_id(text: str) -> str:
    """A sourced id that is the same in every run of the tests."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def save_plan(run: Run, entity: str, rows: Sequence[Row]) -> None:
    """Keep planned changes as the pipeline does."""
    fields = [f.name for f in schema.entity(entity).fields]
    extra = [c for c in {n: 0 for row in rows for n in row} if c.removeprefix("old.") in fields]
    columns = PLAN_COLUMNS | {name: pl.String() for name in extra}
    folder = run.folder / "plan" / entity
    folder.mkdir(parents=True)
    pl.DataFrame([{c: row.get(c) for c in columns} for row in rows], schema=columns).write_parquet(folder / "0.parquet")


def save_issues(run: Run, found: Sequence[Row]) -> None:
    """Keep issues, and their counts on the run."""
    frame = issues.issue_frame(pl.DataFrame(list(found), infer_schema_length=None))
    RunFolder.of(run).save_issues(frame)
    run.issue_counts, run.severities = issues.counts(frame), issues.severity_counts(frame)
    run.save()


NAMES = [
    "Ben Okafor", "Chloé Marchand", "Dara Nguyen", "Emil Sørensen", "Farah Haddad", "Giulia Conti", "Hana Kim",
    "Íñigo Etxeberria", "Jonas Weber", "Kateřina Nováková", "Lucía Fernández", "Mateo Rossi", "Noor Rahman",
]  # fmt: skip
SCHOOL, OTHER_SCHOOL = hex_id("northfield-high"), hex_id("lakeside-middle")


FAMILIES = ["", "-Aalto", "-Berg", "-Costa", "-Diaz", "-Evans"]


def _person(number: int, action: str, **more: Any) -> dict[str, Any]:
    label = NAMES[number % len(NAMES)] + FAMILIES[number // len(NAMES) % len(FAMILIES)]
    given, family = label.split(" ", 1)
    return {
        "action": action, "sourced_id": hex_id(f"user-{number}"), "source_key": f"S{100200 + number}", "label": label,
        "scope": SCHOOL, "sheet": "users", "file": 0, "line": number + 2,
        "enabled_user": "true", "given_name": given, "family_name": family, **more,
    }  # fmt: skip


def user_rows() -> list[dict[str, Any]]:
    """New, changed, returned and ended people; the first change holds every kind of value."""
    grades = '["09"]'
    new = [_person(n, "create", email=f"s{n}@northfield.example", grades=grades, pin="4711") for n in range(57)]
    first = _person(
        200, "update", changed="email,grades,primary_org,meal_status,preferred_given_name",
        **{"old.email": "ben@old.example", "email": "b.okafor@northfield.example", "old.grades": '["08"]',
           "grades": grades, "old.primary_org": OTHER_SCHOOL, "primary_org": SCHOOL, "old.meal_status": "free",
           "meal_status": "paid", "old.preferred_given_name": "Benny", "preferred_given_name": None},
    )  # fmt: skip
    moved = [
        _person(
            n, "update", changed="phone,homeroom",
            **{"old.phone": "555-0142", "phone": f"555-0{n}", "old.homeroom": None, "homeroom": "B 214"},
        )
        for n in range(201, 232)
    ]  # fmt: skip
    back = [_person(n, "reactivate", changed="") for n in range(300, 302)]
    gone = [_person(n, "deactivate") for n in range(400, 404)]
    return [*new, first, *moved, *back, *gone]


def org_rows() -> list[dict[str, Any]]:
    """The school that the people above belong to is new."""
    return [
        {"action": "create", "sourced_id": SCHOOL, "source_key": "NHS", "label": "Northfield High", "sheet": "orgs",
         "file": 1, "line": 2, "name": "Northfield High", "type": "school"},
    ]  # fmt: skip


def enrollment_rows() -> list[dict[str, Any]]:
    """A new pupil in a class that nobody has a name for."""
    tied = {"user": hex_id("user-0"), "roster_class": hex_id("algebra"), "role": "student"}
    return [
        {
            "action": "create",
            "source_key": "E1",
            "label": "student",
            "sheet": "enrollments",
            "file": 2,
            "line": 8,
            **tied,
        }
    ]


def file_facts(name: str, sheet: str, rows: int, encoding: str = "utf-8") -> dict[str, Any]:
    """What the landing keeps of a file."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return {"file": name, "sheet": sheet, "rows": rows, "size": rows * 131, "digest": digest, "kind": "delimited",
            "encoding": encoding, "delimiter": ",", "header": [], "columns": {}}  # fmt: skip


FILES = [
    file_facts("users.csv", "users", 2_504),
    file_facts("orgs.csv", "orgs", 12),
    file_facts("enrollments.csv", "enrollments", 14_931, "windows-1252"),
    file_facts("notes.txt", "", 0),
]
SECONDS = {"read": 3.81, "check": 10.42, "plan": 12.97, "guard": 0.04, "apply": 17.6, "report": 3.3}


def applied_run(integration: Integration) -> Run:
    """A night with something of everything."""
    run = make_run(
        integration, State.APPLIED_WITH_ERRORS, trigger="command", files=FILES, seconds=SECONDS, peak_mb=412.0,
        counts={
            "org": tally(create=1, unchanged=11),
            "user": tally(create=57, update=32, reactivate=2, deactivate=4, unchanged=2_410, reject=3),
            "health_alert": tally(create=1),
            "enrollment": tally(create=212, deactivate=36, unchanged=14_646, reject=34, ignore=3),
        },
    )  # fmt: skip
    save_plan(run, "user", user_rows())
    save_plan(run, "org", org_rows())
    save_plan(run, "enrollment", enrollment_rows())
    alert = {
        "action": "create",
        "source_key": "S100200|peanut",
        "label": "allergy",
        "kind": "allergy",
        "allergy": "peanut",
    }
    save_plan(run, "health_alert", [alert])
    save_issues(run, _found())
    RunFolder.of(run).save_rejected(pl.DataFrame(_rejected(), schema=REJECTED))
    save_reports(run)
    return run


def _rejected() -> list[dict[str, Any]]:
    """So many rows as the counts of `applied_run` say."""
    users = {"sheet": "users", "file": "users.csv", "codes": "required-blank"}
    fallen = {"sheet": "enrollments", "file": "enrollments.csv", "codes": "reference-not-found",
              "reference": "class ALG2-07", "cause_file": "enrollments.csv", "cause_line": 8_114}  # fmt: skip
    lines = (918, 1_004, 1_005)
    return [*({**users, "line": n} for n in lines), *({**fallen, "line": n} for n in range(8_114, 8_148))]


def _found() -> list[dict[str, Any]]:
    users, classes = {"sheet": "users", "file": "users.csv"}, {"sheet": "enrollments", "file": "enrollments.csv"}
    birth = {"code": "bad-date", **users, "field": "birthDate"}
    return [
        {"code": "reference-not-found", **classes, "line": 8_114, "field": "classSourcedId", "entity": "class",
         "key": "ALG2-07", "effects": 31},
        {"code": "required-blank", **users, "line": 918, "field": "familyName", "effects": 2},
        {"code": "required-blank", **users, "line": 1_004, "field": "sourcedId"},
        {"code": "unmapped-code", **users, "line": 77, "field": "grades", "value": "Reception",
         "detail": "grade_level"},
        *({**birth, "line": n, "value": f"31/02/20{n % 90:02}"} for n in range(2, 130)),
        {"code": "duplicate-differs", "field": "meal_status", "entity": "user", "key": "S100201", "value": "free",
         "detail": "lines 3 and 9"},
        {"code": "encoding-fallback", "file": "enrollments.csv",
         "detail": "The file is not UTF-8; it was read as Windows-1252."},
    ]  # fmt: skip


def save_reports(run: Run) -> None:
    """An Excel report and one file of error rows; what is in them is no matter of the pages."""
    folder = RunFolder.of(run)
    with zipfile.ZipFile(folder.excel, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    (folder.report / "error-rows").mkdir(parents=True)
    (folder.report / "error-rows" / "users.csv").write_text("sourcedId,familyName\nS1,\n", encoding="utf-8")
    (folder.report / "report.json").write_text(json.dumps({"run": run.pk}), encoding="utf-8")


HELD = {"scope": "NHS", "entity": "user", "action": "deactivate", "count": 38, "of": 204, "limit": 10}


def held_run(integration: Integration) -> Run:
    """A short export: too many would be deactivated."""
    run = make_run(
        integration, State.HELD, trigger="command", files=[file_facts("staff.csv", "Staff", 166)], held=[HELD],
        counts={"user": tally(deactivate=38, unchanged=166)}, seconds={"read": 0.4, "check": 0.6, "plan": 0.9},
    )  # fmt: skip
    dates = {"date_created": NIGHT, "date_last_modified": NIGHT}
    school = {"owner": integration, "source_key": "NHS", "name": "Northfield High"}
    model("org")._default_manager.create(sourced_id=uuid.UUID(SCHOOL), tenant=integration.tenant, **school, **dates)
    save_plan(run, "user", [_person(n, "deactivate") for n in range(500, 538)])
    return run


def tested_run(integration: Integration) -> Run:
    """A first test, all of it new."""
    run = make_run(integration, State.TESTED, mode=Mode.TEST, counts={"user": tally(create=57)}, seconds={"read": 0.2})
    save_plan(run, "user", [_person(n, "create") for n in range(57)])
    return run


def failed_run(integration: Integration) -> Run:
    """The source refused."""
    error = (
        "The server does not accept the key of this hub. Nothing was changed. Ask the school to install the key again."
    )
    return make_run(integration, State.FAILED, error=error, took=1.3, trigger="command")
