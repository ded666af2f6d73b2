"""Families: students, the people who look after them, and where they live."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from simulators.dice import Dice
from simulators.model import GRADES, Address, District, HealthAlert, Household, Org, Person, Relationship
from simulators.names import Culture, Name, culture, plain

STREETS = (
    "Alder Ln", "Bayberry Ct", "Calle de la Peña", "Dvořák Pl", "East Mill Rd", "Fir Ter", "Grange Hill Rd",
    "Heron Way", "Île Verte Dr", "Juniper St", "Kalo St", "Lantern Sq", "O'Dell Ave", "Quarry Rd",
    "Saint-Rémy Blvd", "Tidewater Dr",
)  # fmt: skip
PLACES = (("Harrow Creek", "04901"), ("Doña Vista", "04902"), ("Winslow-on-Marsh", "04903"), ("St. Brandan's", "00904"))
AREAS = ("207", "603", "802", "413")
MAIL_HOSTS = ("inbox.example", "letters.example", "post.example", "example.org")
RACES = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
)
BIRTHPLACES = (("Harrow Creek", "ME", "US"),) * 12 + (
    ("Mérida", "", "MX"), ("Huế", "", "VN"), ("Łódź", "", "PL"), ("Hargeisa", "", "SO"), ("Hilo", "HI", "US"),
)  # fmt: skip
ALERTS = (
    ("allergy", "peanut", "Peanuts; carries an auto-injector"),
    ("allergy", "tree_nut", "Tree nuts of any kind"),
    ("allergy", "milk", "Milk and cheese"),
    ("allergy", "egg", "Eggs, baked goods are fine"),
    ("allergy", "insect", "Bee stings"),
    ("medical", "asthma", "Asthma; inhaler at the nurse's office"),
    ("dietary", "gluten", "Coeliac: no wheat, rye or barley"),
)


@dataclass
class Family:
    """What one draw of a family gives, before it joins the district."""

    students: list[Person]
    guardians: list[Person]
    households: list[Household]
    relationships: list[Relationship]
    health_alerts: list[HealthAlert]

    def join(self, district: District) -> None:
        for person in (*self.students, *self.guardians):
            district.people[person.id] = person
        for household in self.households:
            district.households[household.id] = household
        district.relationships += self.relationships
        district.health_alerts += self.health_alerts
        district.families += 1


def phone(dice: Dice) -> str:
    """A number that rings nowhere, written in one of the ways that offices write them."""
    area, last = dice.pick(AREAS), f"01{dice.below(100):02}"
    return dice.pick(
        (
            f"{area}-555-{last}",
            f"({area}) 555-{last}",
            f"{area}.555.{last}",
            f"+1 {area} 555 {last}",
            f"{area}555{last}",
        )
    )


def address(dice: Dice) -> Address:
    flat = f", Apt {1 + dice.below(40)}" if dice.chance(0.2) else ""
    city, postal_code = dice.pick(PLACES)
    return Address(f"{1 + dice.below(980)} {dice.pick(STREETS)}{flat}", city, "ME", postal_code)


def scattered(number: int, seed: int) -> str:
    """Another number in no useful order: unique up to 999,983 people, and always with a leading zero."""
    return f"{(number * 7919 + seed) % 999983:07}"


def school_of(district: District, grade: str, number: int) -> Org:
    """The school of a grade for the family with this number; one family stays among neighbouring schools."""
    schools = district.of_kind("school")
    choice, widest = [school for school in schools if grade in school.grades], len(schools) // 2
    return choice[number % widest * len(choice) // widest]


def family(district: District, *, most: int, entry: date) -> Family:
    """
    Draw the family after the last one, with at most `most` students.

    Its numbers follow from its place in the row of families, so a family
    keeps every id however many nights pass.
    """
    number = district.families + 1
    dice = Dice(district.seed, "family", number)
    roots = culture(dice)
    household = _household(f"H{number:06}", dice.pick(roots.families), dice)
    guardians = _guardians(number, household[1], roots, dice)
    apart = len(guardians) == 2 and dice.chance(0.13)
    homes = [household[0]] + ([_household(f"H{number:06}B", household[1], dice)[0]] if apart else [])
    for place, guardian in enumerate(guardians):
        home = homes[place % len(homes)]
        guardian.household_ids, guardian.address, guardian.phone = (home.id,), home.address, home.phone
    students = _students(
        district, number, household[1], roots, homes, min(most, dice.weighted({1: 64, 2: 26, 3: 10})), dice
    )
    for student in students:
        school = school_of(district, student.grade, number)
        student.org_ids, student.entry_date = (school.id,), entry
        for guardian in guardians:
            guardian.org_ids = tuple(dict.fromkeys((*guardian.org_ids, school.id)))
    alerts = [HealthAlert(student.id, *dice.pick(ALERTS)) for student in students if dice.chance(0.08)]
    return Family(students, guardians, homes, _relationships(students, guardians, homes, dice), alerts)


def _household(key: str, name: Name, dice: Dice) -> tuple[Household, Name]:
    return Household(key, name.text, address(dice), phone(dice)), name


def _guardians(number: int, name: Name, roots: Culture, dice: Dice) -> list[Person]:
    guardians: list[Person] = []
    for place in range(1 + dice.chance(0.79)):
        woman = dice.chance(0.2) if place else dice.chance(0.7)
        taken = {guardian.given for guardian in guardians}
        given = dice.pick([one for one in (roots.girls if woman else roots.boys) if one.text not in taken])
        own = name if dice.chance(0.75) else dice.pick(roots.families)
        serial = number * 2 + place
        username = f"{given.latin}.{own.latin}{serial}"
        guardians.append(
            Person(
                id=f"G{serial:06}",
                role="guardian",
                number=f"{serial:06}",
                username=username,
                given=given.text,
                family=own.text,
                org_ids=(),
                gender="F" if woman else "M",
                language=roots.language,
                prefix=dice.pick(("", "", "Ms." if woman else "Mr.", "Dr.")),
                email="" if dice.chance(0.05) else f"{username}@{dice.pick(MAIL_HOSTS)}",
                mobile="" if dice.chance(0.03) else phone(dice),
            )
        )
    return guardians


def _students(
    district: District, number: int, name: Name, roots: Culture, homes: list[Household], count: int, dice: Dice
) -> list[Person]:
    students: list[Person] = []
    level = dice.below(13)
    are_twins = dice.chance(0.06)
    races, is_hispanic, birthplace = _heritage(roots, dice)
    for place in range(count):
        if place and not are_twins:
            level = (level + 1 + dice.below(4)) % 13
        born = (
            students[-1].birth_date
            if place and are_twins
            else date(2020 - level, 9, 2) + timedelta(days=dice.below(365))
        )
        student = _student(district, number * 4 + place, name, roots, level, dice)
        student.household_ids, student.address, student.phone = (
            tuple(home.id for home in homes),
            homes[0].address,
            homes[0].phone,
        )
        student.birth_date, student.races, student.is_hispanic = born, races, is_hispanic
        student.birth_city, student.birth_state, student.birth_country = birthplace
        students.append(student)
    return students


def _student(district: District, serial: int, name: Name, roots: Culture, level: int, dice: Dice) -> Person:
    gender = dice.weighted({"F": 49, "M": 49, "X": 2})
    given = dice.pick(roots.girls if gender == "F" or (gender == "X" and dice.chance(0.5)) else roots.boys)
    middle = dice.pick((*roots.girls, *roots.boys)).text if dice.chance(0.4) else ""
    username = f"{given.latin[:1]}{name.latin}{serial:04}"
    return Person(
        id=scattered(serial, district.seed),
        role="student",
        number=f"{serial:06}",
        username=username,
        given=given.text,
        family=name.text,
        org_ids=(),
        gender=gender,
        language=roots.language if dice.chance(0.6) else "en",
        middle=middle,
        preferred=given.latin.capitalize() if given.latin != plain(given.text) else "",
        suffix="Jr." if gender == "M" and dice.chance(0.01) else "",
        email=f"{username}@students.harrowcreek.example",
        state_id=f"{(serial * 104729 + 31) % 10_000_019:010}",
        grade=GRADES[level],
        graduation_year=2039 - level,
    )


def _heritage(roots: Culture, dice: Dice) -> tuple[tuple[str, ...], bool, tuple[str, str, str]]:
    """Races (none where the family did not say), Hispanic or not, and the place of birth."""
    races = () if dice.chance(0.06) else tuple(sorted(dice.sample(RACES, 2 if dice.chance(0.1) else 1)))
    return races, roots.language == "es" or dice.chance(0.05), dice.pick(BIRTHPLACES)


def _relationships(
    students: list[Person], guardians: list[Person], homes: list[Household], dice: Dice
) -> list[Relationship]:
    pattern = [
        Relationship(
            student_id="",
            contact_id=guardian.id,
            kind=dice.weighted(
                {("mother" if guardian.gender == "F" else "father"): 88, "guardian": 6, "grandparent": 6}
            ),
            priority=place + 1,
            has_custody=len(homes) == 1 or place == 0 or dice.chance(0.7),
            lives_with=len(homes) == 1 or place == 0 or dice.chance(0.5),
            may_pick_up=not dice.chance(0.04),
            is_emergency=place == 0 or dice.chance(0.8),
        )
        for place, guardian in enumerate(guardians)
    ]
    return [replace(one, student_id=student.id) for student in students for one in pattern]
