"""Contacts as rows: people, how they stand to students, and how they are reached."""

from collections.abc import Iterable, Iterator
from typing import Any

from simulators.model import District, Person, Relationship
from simulators.powerschool import keys

CODES = (
    ("Relationship", "Mother"),
    ("Relationship", "Father"),
    ("Relationship", "Guardian"),
    ("Relationship", "Grandparent"),
    ("Phone", "Home"),
    ("Phone", "Mobile"),
    ("Email", "Home"),
    ("Address", "Home"),
    ("Prefix", "Mr."),
    ("Prefix", "Ms."),
    ("Prefix", "Dr."),
    ("Gender", "F"),
    ("Gender", "M"),
    ("State", "ME"),
    ("Country", "US"),
)
CODE_IDS = {code: place + 300 for place, code in enumerate(CODES)}


def contact_rows(district: District) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    guardians = district.of_role("guardian")
    yield (
        "codeset",
        [
            {"codesetid": key, "codetype": kind, "code": code, "displayvalue": code}
            for (kind, code), key in CODE_IDS.items()
        ],
    )
    yield "person", map(_person, guardians)
    yield "studentcontactassoc", (_link(district, one) for one in district.relationships)
    yield "studentcontactdetail", (row for one in district.relationships for row in _details(district, one))
    mailed = [one for one in guardians if one.email]
    yield "emailaddress", ({"emailaddressid": keys.serial(one) + 900, "emailaddress": one.email} for one in mailed)
    yield "personemailaddressassoc", map(_email, mailed)
    numbers = [found for one in guardians for found in _numbers(one)]
    yield "phonenumber", (_number(*found) for found in numbers)
    yield "personphonenumberassoc", (_phone(*found) for found in numbers)
    yield "personaddress", map(_address, guardians)
    yield "personaddressassoc", map(_address_link, guardians)


def _code(kind: str, code: str) -> int | None:
    return CODE_IDS.get((kind, code))


def _person(guardian: Person) -> dict[str, Any]:
    return {
        "id": keys.serial(guardian),
        "firstname": guardian.given,
        "middlename": guardian.middle or None,
        "lastname": guardian.family,
        "prefixcodesetid": _code("Prefix", guardian.prefix),
        "gendercodesetid": _code("Gender", guardian.gender),
        "isactive": 1,
    }


def _link_id(district: District, one: Relationship) -> int:
    return keys.student_dcid(district.people[one.student_id]) * 10 + one.priority


def _link(district: District, one: Relationship) -> dict[str, Any]:
    return {
        "studentcontactassocid": _link_id(district, one),
        "studentdcid": keys.student_dcid(district.people[one.student_id]),
        "personid": keys.serial(district.people[one.contact_id]),
        "contactpriorityorder": one.priority,
        "currreltypecodesetid": _code("Relationship", one.kind.capitalize()),
    }


def _details(district: District, one: Relationship) -> Iterator[dict[str, Any]]:
    """What the contact is to the student, and what some were before: that row is no longer in force."""
    key = _link_id(district, one)
    if key % 3 == 0:
        yield {
            "studentcontactdetailid": key * 2 + 1,
            "studentcontactassocid": key,
            "relationshiptypecodesetid": _code("Relationship", "Guardian"),
            "iscustodial": 0,
            "isemergency": 0,
            "liveswithflg": 0,
            "schoolpickupflg": 0,
            "receivesmailflg": 0,
            "startdate": "2020-08-01",
            "enddate": "2021-07-31",
            "isactive": 0,
        }
    yield {
        "studentcontactdetailid": key * 2,
        "studentcontactassocid": key,
        "relationshiptypecodesetid": _code("Relationship", one.kind.capitalize()),
        "iscustodial": int(one.has_custody),
        "isemergency": int(one.is_emergency),
        "liveswithflg": int(one.lives_with),
        "schoolpickupflg": int(one.may_pick_up),
        "receivesmailflg": int(one.has_custody),
        "startdate": "2026-08-01",
        "isactive": 1,
    }


def _email(guardian: Person) -> dict[str, Any]:
    return {
        "personemailaddressassocid": keys.serial(guardian) + 11,
        "personid": keys.serial(guardian),
        "emailaddressid": keys.serial(guardian) + 900,
        "emailtypecodesetid": _code("Email", "Home"),
        "emailaddresspriorityorder": 1,
        "isprimaryemailaddress": 1,
    }


def _numbers(guardian: Person) -> list[tuple[Person, str, str]]:
    """The mobile is preferred, and comes first; many a guardian has none."""
    found = [(guardian, "Mobile", guardian.mobile), (guardian, "Home", guardian.phone)]
    return [one for one in found if one[2]]


def _phone_id(guardian: Person, kind: str) -> int:
    return keys.serial(guardian) * 2 + (kind == "Mobile")


def _number(guardian: Person, kind: str, number: str) -> dict[str, Any]:
    return {"phonenumberid": _phone_id(guardian, kind), "phonenumber": number, "issms": int(kind == "Mobile")}


def _phone(guardian: Person, kind: str, number: str) -> dict[str, Any]:
    return {
        "personphonenumberassocid": _phone_id(guardian, kind) + 7,
        "personid": keys.serial(guardian),
        "phonenumberid": _phone_id(guardian, kind),
        "phonetypecodesetid": _code("Phone", kind),
        "phonenumberpriorityorder": 1 if kind == "Mobile" or not guardian.mobile else 2,
        "ispreferred": int(kind == "Mobile"),
        "phonenumberasentered": number,
    }


def _address(guardian: Person) -> dict[str, Any]:
    home = guardian.address
    assert home is not None
    return {
        "personaddressid": keys.serial(guardian) + 500,
        "street": home.street,
        "city": home.city,
        "statescodesetid": _code("State", home.state),
        "postalcode": home.postal_code,
        "countrycodesetid": _code("Country", home.country),
    }


def _address_link(guardian: Person) -> dict[str, Any]:
    return {
        "personaddressassocid": keys.serial(guardian) + 31,
        "personid": keys.serial(guardian),
        "personaddressid": keys.serial(guardian) + 500,
        "addresstypecodesetid": _code("Address", "Home"),
        "addresspriorityorder": 1,
    }
