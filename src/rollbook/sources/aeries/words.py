"""The words for codes: what a code means says the district's own table, unless the hub knows the code as it is."""

from functools import cache

from rollbook.core.vocabulary import CODE_MODELS, fold
from rollbook.sources.aeries.api import Api
from rollbook.sources.http import NotThere

# CON is a device of Windows and never arrives in a path: contacts go by their long name.
TABLES = {
    "gender": "student/Gender",
    "ethnicity": "student/Ethnicity",
    "race": "student/RaceCode1",
    "language": "student/HomeLanguage",
    "relationship": "contact/relationshiptostudent",
}
# California's codes for races by their first digit, where they have three; Filipinos (400) count as Asian.
_RACES = {
    "1": "american_indian_or_alaska_native",
    "2": "asian",
    "3": "native_hawaiian_or_other_pacific_islander",
    "4": "asian",
    "6": "black_or_african_american",
    "7": "white",
}


class Words:
    """The words for codes of one system; each table is asked for once, when its first code comes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._table = cache(self._read)

    def word(self, model: str, code: object) -> str:
        """The code where the hub knows it, the word of the district's table otherwise, and the code again at last."""
        text = str(code or "").strip()
        if not text or _is_known(model, text):
            return text
        if model == "race" and len(text) == 3 and text.isdecimal() and text[0] in _RACES:
            return _RACES[text[0]]
        described = self._table(model).get(text, text)
        short = described.partition("(")[0].strip()
        return (short if _is_known(model, short) else described).replace(",", " ")

    def _read(self, model: str) -> dict[str, str]:
        """Code -> description. A table that is not there leaves the codes for the mapping."""
        try:
            rows = self._api.rows(f"codes/{TABLES[model]}")
        except NotThere:
            return {}
        return {str(row.get("Code", "")): str(row["Description"]) for row in rows if row.get("Description")}


def _is_known(model: str, text: str) -> bool:
    return fold(text) in CODE_MODELS[model].synonyms
