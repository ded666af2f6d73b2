"""The paths of `/ws/contacts`, whose JSON follows other rules: camelCase, nulls, lists that stay lists."""

from typing import Any

from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import route
from simulators.powerschool.answers import Answers
from simulators.powerschool.door import authorized, refuse
from simulators.powerschool.plugins import Plugin
from simulators.powerschool.rows import Row

_TABLES = ("person", "studentcontactassoc")


class Relations(Answers):
    @route("GET", "/ws/contacts/student/{student}")
    @authorized
    def contacts_of(self, request: Request, plugin: Plugin, student: str) -> Answer:
        """204 with nothing where there are none."""
        self.need(plugin, *_TABLES)
        if not self.tables.rows("students", "dcid", [student]):
            raise refuse(404, "Student not found")
        links = self.tables.rows("studentcontactassoc", "studentdcid", [student])
        told = [self._contact(row["personid"]) for row in sorted(links, key=lambda row: row["contactpriorityorder"])]
        return as_json(told) if told else Answer(204)

    @route("GET", "/ws/contacts/contact/{contact}")
    @authorized
    def contact(self, request: Request, plugin: Plugin, contact: str) -> Answer:
        self.need(plugin, *_TABLES)
        return as_json(self._contact(int(contact)))

    def _code(self, key: int | None) -> str | None:
        found = self.tables.rows("codeset", "codesetid", [key])
        return str(found[0]["code"]) if found else None

    def _contact(self, person: int) -> dict[str, Any]:
        found = self.tables.rows("person", "id", [person])
        if not found:
            raise refuse(404, "Contact not found")
        row = found[0]
        return {
            "contactId": row["id"],
            "firstName": row["firstname"],
            "middleName": row["middlename"],
            "lastName": row["lastname"],
            "prefix": self._code(row["prefixcodesetid"]),
            "suffix": self._code(row["suffixcodesetid"]),
            "gender": self._code(row["gendercodesetid"]),
            "employer": None,
            "stateContactNumber": None,
            "contactNumber": None,
            "stateExcludeFromReporting": False,
            "active": bool(row["isactive"]),
            "emails": [self._email(one) for one in self.tables.rows("personemailaddressassoc", "personid", [person])],
            "phones": [self._phone(one) for one in self.tables.rows("personphonenumberassoc", "personid", [person])],
            "language": None,
            # Null, an empty list or an object: a client must take any of them.
            "contactAccount": (None, [], {"enabled": True, "userName": f"p{person}", "password": None})[person % 3],
            "addresses": [self._address(one) for one in self.tables.rows("personaddressassoc", "personid", [person])],
            "contactStudents": [
                self._student(one) for one in self.tables.rows("studentcontactassoc", "personid", [person])
            ],
            "mergedIds": [],
            "mergeAccountId": None,
            "@extensions": "personcorefields",
        }

    def _email(self, row: Row) -> dict[str, Any]:
        address = self.tables.rows("emailaddress", "emailaddressid", [row["emailaddressid"]])[0]
        return {
            "contactEmailId": row["personemailaddressassocid"],
            "primary": bool(row["isprimaryemailaddress"]),
            "emailId": row["emailaddressid"],
            "type": self._code(row["emailtypecodesetid"]),
            "address": address["emailaddress"],
        }

    def _phone(self, row: Row) -> dict[str, Any]:
        number = self.tables.rows("phonenumber", "phonenumberid", [row["phonenumberid"]])[0]
        return {
            "contactsPhoneId": row["personphonenumberassocid"],
            "sequence": row["phonenumberpriorityorder"],
            "preferred": bool(row["ispreferred"]),
            "phoneType": self._code(row["phonetypecodesetid"]),
            "phoneNumberId": row["phonenumberid"],
            "phoneNumber": number["phonenumber"],
            "extension": number["phonenumberext"],
            "sms": bool(number["issms"]),
        }

    def _address(self, row: Row) -> dict[str, Any]:
        place = self.tables.rows("personaddress", "personaddressid", [row["personaddressid"]])[0]
        return {
            "contactsAddressId": row["personaddressassocid"],
            "sequence": row["addresspriorityorder"],
            "addressId": row["personaddressid"],
            "addressType": self._code(row["addresstypecodesetid"]),
            "street": place["street"],
            "linetwo": place["linetwo"],
            "unit": place["unit"],
            "city": place["city"],
            "state": self._code(place["statescodesetid"]),
            "country": self._code(place["countrycodesetid"]),
            "postalcode": place["postalcode"],
            "startDate": row["startdate"],
            "endDate": row["enddate"],
        }

    def _student(self, row: Row) -> dict[str, Any]:
        """A contact lists all its students, not only the one that was asked for."""
        student = self.tables.rows("students", "dcid", [row["studentdcid"]])[0]
        key = row["studentcontactassocid"]
        details = self.tables.rows("studentcontactdetail", "studentcontactassocid", [key])
        return {
            "deleted": False,
            "studentContactId": key,
            "sequence": row["contactpriorityorder"],
            "dcid": row["studentdcid"],
            "studentNumber": str(student["student_number"]),
            "firstName": student["first_name"],
            "middleName": student["middle_name"],
            "lastName": student["last_name"],
            "schoolAbbr": f"S{student['schoolid']:04}",
            "schoolNumber": student["schoolid"],
            "originalContactType": None,
            "guardianId": None,
            "canAccessData": True,
            "restrictions": [],
            "studentDetails": [self._detail(one) for one in details],
        }

    def _detail(self, row: Row) -> dict[str, Any]:
        return {
            "studentContactDetailId": row["studentcontactdetailid"],
            "relationship": self._code(row["relationshiptypecodesetid"]),
            "relationshipNote": None,
            "custodial": bool(row["iscustodial"]),
            "emergency": bool(row["isemergency"]),
            "livesWith": bool(row["liveswithflg"]),
            "schoolPickup": bool(row["schoolpickupflg"]),
            "startDate": row["startdate"],
            "endDate": row["enddate"],
            "receivesMail": bool(row["receivesmailflg"]),
            "excludeFromStateReporting": False,
            "active": bool(row["isactive"]),
        }
