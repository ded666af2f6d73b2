"""
Who is the same contact, and who is withheld.

Aeries has a contact once for each child. Those of one name in one family (a family key that is not 0) are one person;
without a key each row is a person of its own. See docs/decisions/0042-contacts-of-a-family.md.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from rollbook.sources.aeries.records import Row, number_of, parts_of_name, standing, text_of

if TYPE_CHECKING:
    from rollbook.sources.aeries.words import Words


def contacts(rows: Iterable[Row], family: int, school: int, words: "Words") -> list[Row]:
    """
    The contacts of one student, in their order, each under its key.

    Orders repeat; the sequence number decides then. Two of one name are two persons, whatever the family.
    """
    named = [row | _names(row) for row in rows]
    named.sort(key=lambda row: (number_of(row, "ContactOrder"), number_of(row, "SequenceNumber")))
    same = Counter(_digest(row) for row in named)
    made = []
    for place, row in enumerate(named, 1):
        is_alone = not family or same[_digest(row)] > 1
        own = f"contact:{row['StudentID']}:{number_of(row, 'SequenceNumber')}"
        made.append(
            row
            | {
                "ContactKey": own if is_alone else f"contact:family:{family}:{_digest(row)}",
                "SchoolCode": school,
                "Relationship": words.word("relationship", row.get("RelationshipToStudentCode")),
                "LanguageWord": words.word("language", row.get("CorrespondenceLanguageCode")),
                "Priority": place,
                "Primary": place == 1,
                "Custody": _flag(row, "EducationalRightsHolder"),
                "LivesWith": _flag(row, "LivesWithStudentIndicator"),
                "PortalAccess": _flag(row, "AccessToPortal"),
                "ReceivesMail": bool(text_of(row, "MailTagCode")) if "MailTagCode" in row else None,
            }
        )
    return made


def is_flagged(row: Row) -> bool:
    """Whether the school or a court restrains the contact."""
    return row.get("RedFlag") is True or text_of(row, "MiscCode") == "R"


def withheld(row: Row) -> Row:
    """What ends a contact that the hub may have taken before: nothing but keys."""
    return {name: row[name] for name in ("ContactKey", "StudentID", "SchoolCode")} | {"Standing": standing(True)}


def guardian_of(student: Row) -> list[Row]:
    """The contact that the student's own row names, where contact records are not used."""
    if not text_of(student, "ParentGuardianName"):
        return []
    return [
        {
            "StudentID": student["StudentID"],
            "MailingName": student["ParentGuardianName"],
            "HomePhone": student.get("HomePhone"),
            "EmailAddress": student.get("ParentEmailAddress"),
            **{name: student.get(f"Residence{name}") for name in _ADDRESS},
        }
    ]


_ADDRESS = ("Address", "AddressCity", "AddressState", "AddressZipCode")


def _names(row: Row) -> Row:
    """First and last name, from the whole name where they are blank."""
    first, last = text_of(row, "FirstName"), text_of(row, "LastName")
    if first or last:
        return {"FirstName": first, "LastName": last or first}
    first, last = parts_of_name(text_of(row, "MailingName"))
    return {"FirstName": first, "LastName": last}


def _digest(row: Row) -> str:
    """A name as it is compared, without being readable in a key."""
    name = "|".join(text_of(row, part) for part in ("FirstName", "LastName", "NameSuffix"))
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return blake2b(folded.encode(), digest_size=8).hexdigest()


def _flag(row: Row, name: str) -> bool | None:
    """Y or blank; None where the row does not have it at all."""
    return text_of(row, name).upper() == "Y" if name in row else None
