"""Code tables, and which code stands for what in the district."""

from simulators.aeries.keys import Row

GENDER = {"F": "Female", "M": "Male", "X": "Nonbinary"}
ETHNICITY = {"Y": "Hispanic or Latino", "N": "Not Hispanic or Latino"}
RACE = {
    "100": "American Indian or Alaska Native",
    "201": "Chinese",
    "299": "Other Asian",
    "301": "Hawaiian",
    "399": "Other Pacific Islander",
    "400": "Filipino/Filipino American",
    "600": "Black or African American",
    "700": "White",
}
RACE_OF = {
    "americanIndianOrAlaskaNative": "100",
    "asian": "299",
    "nativeHawaiianOrOtherPacificIslander": "399",
    "blackOrAfricanAmerican": "600",
    "white": "700",
}
LANGUAGE = {
    "00": "English", "01": "Spanish", "02": "Vietnamese", "04": "Korean", "07": "Mandarin (Putonghua)",
    "08": "Japanese", "11": "Arabic", "17": "French", "19": "Greek", "21": "Hebrew", "29": "Russian", "33": "Turkish",
    "38": "Ukrainian", "41": "Polish", "60": "Somali", "99": "Other non-English languages",
}  # fmt: skip
LANGUAGE_OF = {
    "en": "00", "es": "01", "vi": "02", "ko": "04", "zh": "07", "ja": "08", "ar": "11", "fr": "17", "el": "19",
    "he": "21", "ru": "29", "tr": "33", "uk": "38", "pl": "41", "so": "60",
}  # fmt: skip
RELATIONSHIP = {"10": "Mother", "11": "Father", "12": "Guardian", "13": "Other", "14": "Grandparent"}
RELATIONSHIP_OF = {"mother": "10", "father": "11", "guardian": "12", "grandparent": "14"}
STATUS = {"": "Active", "*": "Pre-enrolled", "C": "Concurrent enrollment", "N": "No longer enrolled"}
PROGRAM = {
    "101": "Section 504",
    "144": "Special Education",
    "181": "NSLP Free Meal Program",
    "182": "NSLP Reduced-Price Meal Program",
}
_ORDINALS = (
    "Kindergarten", "First Grade", "Second Grade", "Third Grade", "Fourth Grade", "Fifth Grade", "Sixth Grade",
    "Seventh Grade", "Eighth Grade", "Ninth Grade", "Tenth Grade", "Eleventh Grade", "Twelfth Grade",
)  # fmt: skip
GRADE = {"-2": "Preschool", "-1": "Transitional Kindergarten", **{str(n): name for n, name in enumerate(_ORDINALS)}}

# Object name and short name of a table; field name, its short name, and its codes.
_TABLES = {
    ("student", "stu"): {
        ("grade", "gr"): GRADE,
        ("gender", "gn"): GENDER,
        ("ethnicity", "eth"): ETHNICITY,
        ("race1", "rc1"): RACE,
        ("racecode1", "rc"): RACE,
        ("homelanguage", "hl"): LANGUAGE,
        ("correspondencelanguage", "cl"): LANGUAGE,
        ("inactivestatus", "tg"): STATUS,
    },
    ("contact", "con"): {("relationshiptostudent", "rl"): RELATIONSHIP},
    ("program", "pgm"): {("program", "cd"): PROGRAM},
}


def grade_number(grade: str) -> int:
    """Kindergarten is 0."""
    return 0 if grade == "KG" else int(grade)


def grade_short(number: int) -> str:
    return {-2: "PS", -1: "TK", 0: "K"}.get(number, str(number))


def rows(table: str, field: str) -> list[Row]:
    """The codes of one field; a table and a field each answer to a long and a short name."""
    asked_table, asked_field = table.lower(), field.lower()
    for tables, fields in _TABLES.items():
        for names, codes in fields.items():
            if asked_table in tables and asked_field in (*names, f"{names[0]}code"):
                short_table, short_field = tables[1].upper(), names[1].upper()
                return [_row(short_table, short_field, code, codes[code], at) for at, code in enumerate(codes, 1)]
    return []


def _row(table: str, field: str, code: str, description: str, order: int) -> Row:
    return {
        "Table": table,
        "Field": field,
        "Code": code,
        "Description": description,
        "Category": "",
        "SortOrder": order,
        "Status": "I" if code in ("201", "301") else "",
        "AeriesCode": "",
        "NumericValue": 0,
        "CorrespondenceLanguageCode1": "",
        "DescriptionForLanguage1": "",
    }
