"""
Households: which students are one family, by the family identifier rule of an integration.

An admin chooses what must agree. Students who agree on all of it, none of it blank, are one household;
a student who lacks a part has a household alone, since a blank agrees with nobody. Contacts belong to the
households of their students: a father of children in two households is in both.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl
from polars_hash import CryptographicHashingNameSpace as CryptographicHash


class FamilyPart(StrEnum):
    """What a family can be told by, in the order in which the parts stand in a family identifier."""

    FAMILY_KEY = "family_key"
    HEAD_GIVEN_NAME = "head_of_household_given_name"
    HEAD_FAMILY_NAME = "head_of_household_family_name"
    HOME_PHONE = "home_phone"
    HOME_ADDRESS = "home_address"


@dataclass(frozen=True)
class Households:
    """
    Records derived from the people of one input.

    Args:
        households: `source_key`, `title`, `family_identifier`.

        members: `source_key`, `household`, `user`, `part`.
    """

    households: pl.LazyFrame
    members: pl.LazyFrame


_ADDRESS = tuple(f"home_{part}" for part in ("street1", "street2", "street3", "city", "state", "postcode"))
_PHONES = tuple(f"phone{n}" for n in ("", "_2", "_3", "_4", "_5"))
_USER = (
    "source_key",
    "given_name",
    "family_name",
    "family_key",
    "head_of_household_given_name",
    "head_of_household_family_name",
    *_ADDRESS,
    *(name for phone in _PHONES for name in (phone, f"{phone}_kind")),
)
_RELATIONSHIP = ("user", "contact", "primary", "priority")


def households(
    users: pl.LazyFrame, roles: pl.LazyFrame, relationships: pl.LazyFrame, chosen: Collection[FamilyPart]
) -> Households:
    """
    Derive the households of all students, and who is in them.

    The result does not depend on the order of any row. Columns that a frame lacks count as blank.

    Args:
        users: Records of users: `source_key` and canonical columns.

        roles: Records of roles; a student is who has the role `student` somewhere.

        relationships: Records of relationships; those of unknown people are passed over.

        chosen: What must agree. With nothing chosen every student has a household alone.
    """
    people = _with_all(users, _USER)
    students = roles.filter(pl.col("role") == "student").select(source_key="user").unique()
    links = _links(relationships, students, people)
    facts = _facts(people.join(students, on="source_key", how="semi"), links, people)
    placed = facts.select("source_key", "family_name", family_identifier=_identifier(chosen)).with_columns(
        household=_household_key()
    )
    return Households(_households(placed), _members(placed, links))


def _with_all(frame: pl.LazyFrame, names: Iterable[str]) -> pl.LazyFrame:
    """Just these columns; blank ones for those that the frame lacks."""
    there = set(frame.collect_schema())
    return frame.select(pl.col(n) if n in there else pl.lit(None, pl.String).alias(n) for n in names)


def _links(relationships: pl.LazyFrame, students: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    known = people.select("source_key")
    return (
        _with_all(relationships, _RELATIONSHIP)
        .join(students, left_on="user", right_on="source_key", how="semi")
        .join(known, left_on="user", right_on="source_key", how="semi")
        .join(known, left_on="contact", right_on="source_key", how="semi")
    )


def _first_contacts(links: pl.LazyFrame) -> pl.LazyFrame:
    """`user`, `contact`: primary before others, then by priority, then by key so that row order does not matter."""
    is_other = pl.col("primary").ne_missing("true")
    priority = pl.col("priority").cast(pl.Int64, strict=False)
    return links.group_by("user").agg(pl.col("contact").sort_by(is_other, priority, "contact", nulls_last=True).first())


# What a student's family is told by ------------------------------------------------------------------


def _facts(students: pl.LazyFrame, links: pl.LazyFrame, people: pl.LazyFrame) -> pl.LazyFrame:
    """One row a student: `source_key`, `family_name` and each part of the rule, normalised, null when blank."""
    first = _first_contacts(links)
    contacts = people.join(first, left_on="source_key", right_on="contact", how="semi").select(
        contact="source_key",
        contact_given_name="given_name",
        contact_family_name="family_name",
        contact_phone=_home_phone(),
        contact_address=_home_address(),
    )
    joined = students.join(first.join(contacts, on="contact"), left_on="source_key", right_on="user", how="left")
    given, family = pl.col(FamilyPart.HEAD_GIVEN_NAME), pl.col(FamilyPart.HEAD_FAMILY_NAME)
    # Never the first name of one person with the last name of another.
    is_unnamed = _text(given).is_null() & _text(family).is_null()
    return joined.select(
        "source_key",
        pl.col("family_name").str.strip_chars(),
        _key(pl.col("family_key")).alias(FamilyPart.FAMILY_KEY),
        _text(pl.when(is_unnamed).then("contact_given_name").otherwise(given)).alias(FamilyPart.HEAD_GIVEN_NAME),
        _text(pl.when(is_unnamed).then("contact_family_name").otherwise(family)).alias(FamilyPart.HEAD_FAMILY_NAME),
        pl.coalesce(_home_phone(), "contact_phone").alias(FamilyPart.HOME_PHONE),
        pl.coalesce(_home_address(), "contact_address").alias(FamilyPart.HOME_ADDRESS),
    )


def _identifier(chosen: Collection[FamilyPart]) -> pl.Expr:
    """The chosen parts as one text; null when one is blank."""
    parts = [pl.col(part) for part in FamilyPart if part in chosen]
    return pl.concat_str(parts, separator=" | ") if parts else pl.lit(None, pl.String)


def _household_key() -> pl.Expr:
    """A hash, so that no address or telephone number stands in a key; long enough that two never meet."""
    text = pl.coalesce(
        pl.concat_str(pl.lit("family "), pl.col("family_identifier")),
        pl.concat_str(pl.lit("student "), pl.col("source_key")),
    )
    return pl.concat_str(pl.lit("household-"), CryptographicHash(text).sha2_256().str.head(32))


# Records ---------------------------------------------------------------------------------------------


def _households(placed: pl.LazyFrame) -> pl.LazyFrame:
    names = pl.col("family_name").filter(pl.col("family_name") != "").unique().sort().str.join(" / ")
    title = pl.when(names != "").then(names.str.head(255)).otherwise(pl.lit("Household")).alias("title")
    return (
        placed.group_by(source_key="household")
        .agg(title, pl.col("family_identifier").first().str.head(255))
        .sort("source_key")
    )


def _members(placed: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    students = placed.select("household", user="source_key", part=pl.lit("student"))
    homes = placed.select("household", student="source_key")
    contacts = links.join(homes, left_on="user", right_on="student").select(
        "household", user="contact", part=pl.lit("contact")
    )
    # A sister who is also a contact is a student: the greater of the two words.
    return (
        pl.concat([students, contacts])
        .group_by("household", "user")
        .agg(pl.col("part").max())
        .select(pl.concat_str("household", "user", separator="|").alias("source_key"), "household", "user", "part")
        .sort("source_key")
    )


# Normalising -----------------------------------------------------------------------------------------


def _text(column: pl.Expr) -> pl.Expr:
    """Without case, doubled blanks and look-alike characters; null when nothing is left."""
    plain = column.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(plain != "").then(plain)


def _key(column: pl.Expr) -> pl.Expr:
    """A family key byte for byte; zeros alone mean that there is none."""
    key = column.str.strip_chars()
    return pl.when(key.str.strip_chars("0") != "").then(key)


def _home_phone() -> pl.Expr:
    """The first number marked as home, else the main one when nobody says what kind it is."""
    marked = [pl.when(pl.col(f"{phone}_kind") == "home").then(_phone(pl.col(phone))) for phone in _PHONES]
    unmarked = pl.when(pl.col("phone_kind").is_null()).then(_phone(pl.col("phone")))
    return pl.coalesce(*marked, unmarked)


def _phone(column: pl.Expr) -> pl.Expr:
    """The digits, without country code 1 and extension; null when it is no number: too short, or 000-000-0000."""
    digits = column.str.normalize("NFKC").str.to_lowercase().str.replace(r"(e?xt?\.?|#|;).*$", "")
    digits = digits.str.replace_all(r"\D", "").str.replace(r"^1(\d{10})$", "$1")
    is_number = (digits.str.len_chars() >= 7) & (digits.str.strip_chars(digits.str.head(1)) != "")
    return pl.when(is_number).then(digits)


def _home_address() -> pl.Expr:
    """Street, place and postal code in the short words of the USPS; null without a street or without a place."""
    street = _street(pl.concat_str(*_ADDRESS[:3], separator=" ", ignore_nulls=True))
    postcode = _text(pl.col("home_postcode")).str.replace(r"^(\d{5})-?\d{4}$", "$1")
    place = [_text(pl.col("home_city")), _text(pl.col("home_state")), postcode]
    has_place = place[0].is_not_null() | postcode.is_not_null()
    has_street = _text(pl.col("home_street1")).is_not_null()
    return pl.when(has_street & has_place).then(pl.concat_str(street, *place, separator=" ", ignore_nulls=True))


def _street(column: pl.Expr) -> pl.Expr:
    words = _text(column).str.replace_all(r"[.,;]", " ").str.replace_all("#", " apt ", literal=True).str.split(" ")
    word = pl.element()
    return words.list.eval(word.filter(word != "").replace(_SHORT)).list.join(" ").str.replace_all("apt apt", "apt")


# USPS Publication 28, appendices B (directions), C1 (streets) and C2 (units): the words that addresses are full of.
_SHORT = dict(
    re.findall(
        r"(\w+)=(\w+)",
        """
    north=n south=s east=e west=w northeast=ne northwest=nw southeast=se southwest=sw
    alley=aly avenue=ave av=ave boulevard=blvd bridge=brg bypass=byp canyon=cyn causeway=cswy center=ctr centre=ctr
    circle=cir court=ct courts=cts cove=cv creek=crk crescent=cres crossing=xing drive=dr estate=est estates=ests
    expressway=expy extension=ext freeway=fwy garden=gdn gardens=gdns glen=gln green=grn grove=grv harbor=hbr
    heights=hts highway=hwy hill=hl hills=hls hollow=holw island=is junction=jct knoll=knl knolls=knls lake=lk
    lakes=lks landing=lndg lane=ln ln=ln manor=mnr meadow=mdw meadows=mdws mount=mt mountain=mtn orchard=orch
    parkway=pkwy pkway=pkwy place=pl plaza=plz point=pt port=prt ranch=rnch ridge=rdg river=riv road=rd route=rte
    shore=shr shores=shrs spring=spg springs=spgs square=sq station=sta street=st str=st summit=smt terrace=ter
    trail=trl turnpike=tpke valley=vly view=vw village=vlg vista=vis
    apartment=apt building=bldg department=dept floor=fl hangar=hngr lot=lot penthouse=ph room=rm space=spc
    suite=ste trailer=trlr
    """,
    )
)
