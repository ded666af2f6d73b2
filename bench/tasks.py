"""What a contender can be asked to do, in the order of one round, and on which database."""

from enum import StrEnum

POSTGRESQL, SQLITE, NO_DATABASE = "postgresql", "sqlite", "none"


class Task(StrEnum):
    FIRST = "first load"
    SAME = "same files"
    OTHER_BYTES = "other bytes"
    TEST = "test run"
    CHANGED = "1 % changed"
    UNDO = "undo"
    STARTUP = "start-up"
    CHECK = "check"
