"""
The roster as OneRoster CSV, 1.2.1 and 1.1, in bulk mode: `status` and `dateLastModified` are blank.

Where OneRoster wants a value that the roster does not have:

- `enabledUser` is `true`, `classType` is `scheduled`, `roleType` is `primary` for the first role of a person in an
  organisation: what a reader assumes anyway.
- A class without a course gets one of its own, with its title and its id: a reader that knows no class without a
  course would otherwise lose the class and everybody in it. A class without a term is held in the school year,
  and a course without an organisation offered by the top one, where there is just one.
- What says something about a person is never made up: without a username, a first or a last name the cell stays blank.

Each is told in a note. A code that only the roster knows (a role `staff`) is written as `ext:staff` in 1.2, which
allows it; in 1.1 as the nearest of its words, or the record is left out where there is none. A race that nobody
stated is blank, not `false`.

1.1 knows one role of a person. The main one keeps the person's id; each other is a row of its own whose id ends in
`-` and the role. Readers join such rows by username.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from rollbook.core.layout import Layout
from rollbook.roster.export.inverse import Change, Inverse
from rollbook.roster.export.rows import Roster
from rollbook.sources import layouts

Sheets = Iterator[tuple[str, Iterator[pl.DataFrame]]]

_FILES = {
    "1.1": "academicSessions categories classes classResources courses courseResources demographics enrollments "
    "lineItems orgs resources results users",
    "1.2": "academicSessions categories classes classResources courses courseResources demographics enrollments "
    "lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources resultLearningObjectiveIds results "
    "resultScoreScales roles scoreScales userProfiles userResources users",
}
_ROLES_11 = {
    "student": "student",
    "teacher": "teacher",
    "principal": "administrator",
    "siteAdministrator": "administrator",
    "districtAdministrator": "administrator",
    "systemAdministrator": "administrator",
    "aide": "aide",
    "counselor": "aide",
    "staff": "aide",
    "proctor": "proctor",
    "parent": "parent",
    "guardian": "guardian",
    "relative": "relative",
    "contact": "relative",
}
"""Of the canonical roles that 1.1 has a word for, in the order in which the main one is chosen."""

_WORDS_11: dict[str, dict[str, str]] = {
    "role": _ROLES_11,
    "org_type": {name: name for name in ["school", "district", "department", "local", "state", "national"]}
    | {"college": "school", "campus": "school"},
    "session_type": {name: name for name in ["schoolYear", "semester", "term", "gradingPeriod"]},
    "class_type": {name: name for name in ["scheduled", "homeroom"]},
    "enrollment_role": {name: name for name in ["student", "teacher", "administrator", "proctor"]},
    "gender": {name: name for name in ["female", "male"]},
}
_WORDS_12: dict[str, str] = {
    "role": "aide counselor districtAdministrator guardian parent principal proctor relative siteAdministrator student "
    "systemAdministrator teacher",
    "org_type": "department school district local state national",
    "session_type": "gradingPeriod semester schoolYear term",
    "class_type": "homeroom scheduled",
    "enrollment_role": "administrator proctor student teacher",
    "gender": "male female unspecified other",
}
_INSTEAD_11 = {"org_type": "local", "session_type": "term", "class_type": "scheduled"}
"""What 1.1 says of the kinds that it has no word for."""

_FAMILY = ("parent", "guardian", "relative")


@dataclass(frozen=True)
class OneRoster:
    """
    The sheets of one roster.

    Args:
        version: "1.1" or "1.2".
    """

    roster: Roster
    version: str

    @property
    def layout(self) -> Layout:
        """The layout that is read backwards."""
        return layouts.load("oneroster_" + self.version.replace(".", ""))

    def sheets(self) -> Sheets:
        """Name and rows of each file, in the order in which they refer to each other."""
        yield self._plain("orgs", "org", self._orgs)
        yield self._plain("academicSessions", "academic_session", self._sessions)
        yield "courses", self._courses()
        yield self._plain("classes", "class", self._classes)
        yield self._plain(
            "users",
            "user",
            self._users,
            {"sourcedId", "agentSourcedIds", *(["orgSourcedIds", "role"] if self._is_old else [])},
        )
        if not self._is_old:
            yield self._plain("roles", "role", self._roles)
        yield self._plain("enrollments", "enrollment", self._enrollments)
        yield self._plain("demographics", "demographics", self._demographics)

    def closing(self, written: Sequence[str]) -> tuple[str, pl.DataFrame]:
        """The manifest: which files there are."""
        files = {f"file.{name}": "bulk" if name in written else "absent" for name in _FILES[self.version].split()}
        lines = {"manifest.version": "1.0", "oneroster.version": self.version, **files, "source.systemName": "Rollbook"}
        return "manifest", pl.DataFrame({"propertyName": list(lines), "value": list(lines.values())})

    @property
    def _is_old(self) -> bool:
        return self.version == "1.1"

    def _plain(
        self, name: str, entity: str, change: Change, made: set[str] | None = None
    ) -> tuple[str, Iterator[pl.DataFrame]]:
        return name, self._inverse(name, entity, change, made or set()).frames(self.roster)

    def _inverse(self, name: str, entity: str, change: Change, made: set[str]) -> Inverse:
        without = frozenset({"resourceSourcedIds"})  # of 1.2.0; 1.2.1 took it back
        return Inverse(self.layout.sheet(name), entity, change, frozenset(made), _metadata, without)

    # Structure ---------------------------------------------------------------------------------------

    def _orgs(self, orgs: pl.DataFrame) -> pl.DataFrame:
        return self._worded(orgs, "type", "org_type")

    def _sessions(self, sessions: pl.DataFrame) -> pl.DataFrame:
        ends = self.roster.frame("academic_session", ["school_year"]).select(parent="id", _of_parent="school_year")
        own = pl.when(pl.col("type") == "schoolYear").then(pl.col("end_date").str.head(4))
        known = sessions.join(ends, on="parent", how="left", maintain_order="left")
        known = known.with_columns(pl.coalesce("school_year", "_of_parent", own).alias("school_year"))
        return self._worded(known, "type", "session_type")

    def _courses(self) -> Iterator[pl.DataFrame]:
        yield from self._inverse("courses", "course", self._offered, set()).frames(self.roster)
        if not self._alone.is_empty():
            inverse = self._inverse("courses", "course", self._offered, set())
            made = self._alone.select(
                "id", *(n if n in self._alone.columns else pl.lit(None, pl.String).alias(n) for n in inverse.fields)
            )
            yield inverse.rows(made, [], self.roster.notes)

    def _offered(self, courses: pl.DataFrame) -> pl.DataFrame:
        if not self._top:
            return courses
        self.roster.notes.add("courses have no organisation: the top one is written.", courses["org"].null_count())
        return courses.with_columns(pl.col("org").fill_null(self._top))

    @cached_property
    def _top(self) -> str:
        """The one organisation without another above it, or "" when there are several."""
        orgs = self.roster.frame("org", ["parent"])
        tops = orgs.filter(pl.col("parent").is_null())["id"].to_list()
        return str(tops[0]) if len(tops) == 1 else ""

    @cached_property
    def _year(self) -> str:
        """The one school year of the roster, or ""."""
        years = self.roster.frame("academic_session", ["type"]).filter(pl.col("type") == "schoolYear")["id"].to_list()
        return str(years[0]) if len(years) == 1 else ""

    @cached_property
    def _alone(self) -> pl.DataFrame:
        """The courses that are made for classes without one."""
        classes = self.roster.frame("class", ["title", "course", "school", "grades", "subjects", "subject_codes"])
        found = classes.filter(pl.col("course").is_null()).rename({"school": "org"}).drop("course")
        self.roster.notes.add(
            "classes have no course, which OneRoster requires: a course with the class's title and id stands in.",
            found.height,
        )
        return found

    def _classes(self, classes: pl.DataFrame) -> pl.DataFrame:
        notes = self.roster.notes
        notes.add("classes have no type: `scheduled` is written.", classes["class_type"].null_count())
        if self._year:
            notes.add("classes have no term: the school year is written.", classes["terms"].null_count())
            classes = classes.with_columns(pl.col("terms").fill_null(f'["{self._year}"]'))
        classes = classes.with_columns(
            pl.col("class_type").fill_null("scheduled"), pl.col("course").fill_null(pl.col("id"))
        )
        return self._worded(classes, "class_type", "class_type")

    # People ------------------------------------------------------------------------------------------

    @cached_property
    def _all_roles(self) -> pl.DataFrame:
        return self.roster.frame("role", ["user", "org", "role"])

    @cached_property
    def _accounts(self) -> pl.DataFrame:
        """
        The rows of a person in a 1.1 users file.

        `user`, `account` (its id), `role`, `orgs` (list), `main` (bool); one row for each role that 1.1 knows.
        """
        primary = self.roster.frame("user", ["primary_org"]).rename({"id": "user"})
        order = {role: str(place) for place, role in enumerate(dict.fromkeys(_ROLES_11.values()))}
        roles = (
            self._all_roles.with_columns(pl.col("role").replace_strict(_ROLES_11, default=None, return_dtype=pl.String))
            .drop_nulls("role")
            .join(primary, on="user", how="inner")
            .with_columns(
                _here=pl.col("org").eq_missing(pl.col("primary_org")),
                _rank=pl.col("role").replace_strict(order).cast(pl.Int8),
            )
        )
        accounts = (
            roles.sort("user", "_rank", ~pl.col("_here"), "org")
            .group_by("user", "role", maintain_order=True)
            .agg(pl.col("org").unique(maintain_order=True).alias("orgs"), pl.col("_here").any())
        )
        # A role at the person's primary organisation comes first.
        main = pl.col("_here").cast(pl.Int8).arg_max().over("user") == pl.int_range(pl.len()).over("user")
        accounts = accounts.with_columns(main=main)
        further = pl.concat_str("user", "role", separator="-")
        return accounts.select(
            "user", "role", "orgs", "main", account=pl.when("main").then(pl.col("user")).otherwise(further)
        )

    def _account(self, people: pl.Expr, frame: pl.DataFrame, roles: Sequence[str]) -> pl.Series:
        """The id in the users file of people in one of some roles; else their main one; null where they have none."""
        if not self._is_old:
            return frame.select(people.alias("user"))["user"]
        known = self._accounts
        fitting = known.filter(pl.col("role").is_in(list(roles))).unique("user", keep="first", maintain_order=True)
        main = known.filter("main").select("user", _main="account")
        asked = frame.select(people.alias("user"))
        found = asked.join(fitting.select("user", "account"), on="user", how="left", maintain_order="left")
        return found.join(main, on="user", how="left", maintain_order="left").select(pl.coalesce("account", "_main"))[
            "account"
        ]

    @cached_property
    def _agents(self) -> pl.DataFrame:
        """
        `sourcedId` of a users row and its `agentSourcedIds`.

        A student names the contacts. A contact names the students only where the roster says what the contact is to
        them: a reader takes that from the contact's role.
        """
        pairs = self.roster.frame("relationship", ["user", "contact", "kind", "priority"])
        pairs = pairs.with_columns(
            self._account(pl.col("user"), pairs, ["student"]).alias("user"),
            self._account(pl.col("contact"), pairs, _FAMILY).alias("contact"),
            pl.col("priority").cast(pl.Int32),
        ).drop_nulls(["user", "contact"])
        down = pairs.select("priority", sourcedId="user", agent="contact")
        up = pairs.filter(pl.col("kind").is_not_null()).select(
            pl.lit(None, pl.Int32).alias("priority"), sourcedId="contact", agent="user"
        )
        both = pl.concat([down, up]).sort("sourcedId", "priority", "agent", nulls_last=True)
        return both.group_by("sourcedId", maintain_order=True).agg(
            pl.col("agent").unique(maintain_order=True).str.join(",").alias("agentSourcedIds")
        )

    def _users(self, users: pl.DataFrame) -> pl.DataFrame:
        notes = self.roster.notes
        notes.add(
            "users: the roster does not say whether they may log in: `enabledUser` is `true`.",
            users["enabled_user"].null_count(),
        )
        notes.add(
            "users have no username, which OneRoster requires: it is blank, never made up.",
            users["username"].null_count(),
        )
        users = users.with_columns(pl.col("enabled_user").fill_null("true"))
        users = self._rows_of_people(users) if self._is_old else users.with_columns(sourcedId="id")
        return users.join(self._agents, on="sourcedId", how="left", maintain_order="left")

    def _rows_of_people(self, users: pl.DataFrame) -> pl.DataFrame:
        accounts = self._accounts.with_columns(orgSourcedIds=pl.col("orgs").list.join(","))
        rows = users.join(accounts, left_on="id", right_on="user", how="inner", maintain_order="left")
        people = rows["id"].n_unique()
        notes = self.roster.notes
        notes.add("users are left out: 1.1 has no word for what they are at an organisation.", users.height - people)
        notes.add("users rows are further roles of a person, whose id ends in `-` and the role.", rows.height - people)
        return rows.rename({"account": "sourcedId"})

    def _roles(self, roles: pl.DataFrame) -> pl.DataFrame:
        roles = roles.join(self._primary, on="id", how="left", maintain_order="left")
        self.roster.notes.add(
            "roles have no type: the first of a person in an organisation is `primary`.",
            roles["role_type"].null_count(),
        )
        roles = roles.with_columns(pl.coalesce("role_type", "_type", pl.lit("secondary")).alias("role_type"))
        return self._worded(roles, "role", "role")

    @cached_property
    def _primary(self) -> pl.DataFrame:
        """The roles without a type that come first among those of a person in an organisation."""
        roles = self.roster.frame("role", ["user", "org", "role", "role_type"])
        alone = roles.filter((pl.col("role_type") == "primary").any().over("user", "org").not_().fill_null(True))
        first = (
            alone.filter(pl.col("role_type").is_null())
            .sort("role", "id")
            .unique(["user", "org"], keep="first", maintain_order=True)
        )
        return first.select("id", _type=pl.lit("primary"))

    def _enrollments(self, enrollments: pl.DataFrame) -> pl.DataFrame:
        schools = self.roster.frame("class", ["school"]) if enrollments["school"].null_count() else None
        if schools is not None:
            known = enrollments.join(
                schools.rename({"id": "roster_class", "school": "_school"}),
                on="roster_class",
                how="left",
                maintain_order="left",
            )
            enrollments = known.with_columns(pl.coalesce("school", "_school").alias("school"))
        worded = self._worded(enrollments, "role", "enrollment_role")
        known = worded.drop_nulls("role")
        self.roster.notes.add(
            "enrollments are left out: 1.1 has no word for the role in the class.", worded.height - known.height
        )
        return self._with_accounts(known)

    def _with_accounts(self, enrollments: pl.DataFrame) -> pl.DataFrame:
        if not self._is_old:
            return enrollments
        student = self._account(pl.col("user"), enrollments, ["student"])
        staff = self._account(pl.col("user"), enrollments, ["teacher", "administrator", "aide", "proctor"])
        named = enrollments.with_columns(student.zip_with(enrollments["role"] == "student", staff).alias("user"))
        return self._without_strangers(named, "enrollments")

    def _demographics(self, people: pl.DataFrame) -> pl.DataFrame:
        told = pl.col("races").str.contains('"(?:other|not_stated)"')
        self.roster.notes.add(
            "demographics hold a race that OneRoster has no flag for: it is not written.",
            people.select(told.sum()).item(),
        )
        hispanic = {"hispanic": "true", "not_hispanic": "false"}
        people = people.with_columns(pl.col("ethnicity").replace_strict(hispanic, default=None, return_dtype=pl.String))
        people = self._worded(people, "sex", "gender")
        if not self._is_old:
            return people
        return self._without_strangers(
            people.with_columns(self._account(pl.col("user"), people, []).alias("user")), "demographics"
        )

    def _without_strangers(self, records: pl.DataFrame, plural: str) -> pl.DataFrame:
        known = records.drop_nulls("user")
        self.roster.notes.add(f"{plural} are left out with their users.", records.height - known.height)
        return known

    # Words -------------------------------------------------------------------------------------------

    def _worded(self, records: pl.DataFrame, name: str, model: str) -> pl.DataFrame:
        """The codes of a field in OneRoster's words."""
        code = pl.col(name)
        if self._is_old:
            words = code.replace_strict(_WORDS_11[model], default=None, return_dtype=pl.String)
            instead = pl.when(code.is_not_null()).then(pl.lit(_INSTEAD_11.get(model), pl.String))
            return records.with_columns(pl.coalesce(words, instead).alias(name))
        is_known = code.is_in(_WORDS_12[model].split()) | code.str.starts_with("ext:")
        return records.with_columns(
            pl.when(is_known).then(code).otherwise(pl.concat_str(pl.lit("ext:"), code)).alias(name)
        )


def _metadata(name: str) -> str:
    """OneRoster's own way to send further columns."""
    return name if name.startswith("metadata.") else f"metadata.{name}"


VERSIONS: dict[str, Callable[[Roster], OneRoster]] = {
    "oneroster_11": lambda roster: OneRoster(roster, "1.1"),
    "oneroster_12": lambda roster: OneRoster(roster, "1.2"),
}
