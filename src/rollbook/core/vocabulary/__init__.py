"""
The code models: every vocabulary that a coded field can have, and what is understood without a mapping.

`school` and `people` hold the models whose words are OneRoster's or ours, `languages` and `places` those of ISO.
A model is data; `core.codes` translates with it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from rollbook.core.vocabulary import people, places, school
from rollbook.core.vocabulary.languages import LANGUAGE
from rollbook.core.vocabulary.model import Code, CodeModel, fold

__all__ = ["CODE_MODELS", "Code", "CodeModel", "fold"]

_MODELS = (
    school.BUILDING,
    school.ACADEMIC_YEAR,
    school.ORG_TYPE,
    school.SESSION_TYPE,
    school.CLASS_TYPE,
    school.GRADE_LEVEL,
    people.ROLE,
    people.ROLE_TYPE,
    school.ENROLLMENT_ROLE,
    school.ENROLLMENT_STATUS,
    people.GENDER,
    people.RACE,
    people.ETHNICITY,
    LANGUAGE,
    places.COUNTRY,
    places.STATE,
    people.RELATIONSHIP,
    people.HOUSEHOLD_PART,
    people.PHONE_KIND,
    people.MEAL_STATUS,
    people.ALERT_KIND,
    people.ALLERGY,
    school.GROUP_KIND,
    school.MEMBERSHIP_ORIGIN,
)

CODE_MODELS: Mapping[str, CodeModel] = MappingProxyType({model.name: model for model in _MODELS})
