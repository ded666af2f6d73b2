"""What never stands in a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.logs import redaction
from rollbook.logs.redaction import MASK, redact, redact_foreign, redact_value

# Told apart from everything else in a line: what is hidden begins and ends with a sign that nothing else has.
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=20
)
HIDDEN = _TEXT.map(lambda text: f"Ż{text}Ż")
WORD = st.text(st.characters(categories=["L", "N"]), max_size=20).map(lambda text: f"Ż{text}Ż")

SECRET_FIELDS = (
    *("password", "PASSWORD", "sis_password", "db-passwd", "client_secret", "clientSecret", "token", "access_token"),
    *("api_key", "apiKey", "X-Api-Key", "authorization", "Set-Cookie", "sessionid", "csrftoken", "private_key"),
)
PERSON_FIELDS = (
    *("givenName", "given_name", "familyName", "First Name", "last_name", "preferredName", "username", "email"),
    *("E-Mail 2", "homePhone", "phone_2", "birthDate", "date_of_birth", "dob", "street", "homeAddress", "ssn"),
)
FIELDS = st.sampled_from(SECRET_FIELDS + PERSON_FIELDS)
# What an operator reads in a log, and must be able to go on reading.
ORDINARY = (
    "Run 5 of tenant 3 was applied: 1,200 rows in 3.2 s at 2026-11-22 15:34:10.123",
    "Listening at: http://127.0.0.1:8000 (10669)",
    "web was ended by SIGKILL. It starts again in 2 seconds. The rest of the hub goes on.",
    "GET /runs/17/issues/unknown-grade/ 200",
    "No mail: connection refused by smtp.example.org:25",
    "session 4 ended; lease until 2026-11-22T15:34:10+00:00; took 1234567 rows, pid 12345678",
    "see 550e8400-e29b-41d4-a716-446655440000 in /srv/rollbook/runs/12/plan",
    "20.0 % of 10.0.0.12:5432, version 15.14, 1732290000.5",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_no_secret_stays(text: str) -> None:
    """Times, numbers, addresses of machines, paths and ids can be read."""
    assert redact(text) == text


@given(st.text(max_size=30), FIELDS, HIDDEN, st.sampled_from(["=", " = ", "='", '="']))
def test_a_value_after_its_field_is_masked(before: str, field: str, hidden: str, sign: str) -> None:
    """Whatever follows the name of a sensitive field is gone, quotes or not, blanks or not."""
    assert "Ż" not in redact(f"{before.replace('Ż', '')} {field}{sign}{hidden}")


@given(FIELDS, HIDDEN, st.sampled_from(["'", '"']), st.sampled_from([repr, lambda text: f'"{text}"']))
def test_a_value_in_a_mapping_is_masked(field: str, hidden: str, quote: str, shown: object) -> None:
    """A mapping or JSON that was printed keeps its sensitive fields to itself."""
    assert callable(shown)
    assert "Ż" not in redact(f"got {{{quote}{field}{quote}: {shown(hidden)}, {quote}rows{quote}: 5}}")


def test_the_rest_of_a_mapping_stays() -> None:
    """What stands after a value in quotes is still there."""
    assert redact('{"givenName": "Ada", "rows": 5}') == f'{{"givenName": {MASK}, "rows": 5}}'


@given(WORD, WORD, st.sampled_from(["postgresql", "https", "sftp", "smtp+tls"]))
def test_who_logs_in_at_an_address_is_masked(user: str, password: str, scheme: str) -> None:
    """A DATABASE_URL shows its server and nothing else."""
    shown = redact(f"connecting to {scheme}://{user}:{password}@db.example.org:5432/rollbook failed")
    assert "Ż" not in shown
    assert "db.example.org:5432/rollbook failed" in shown


@given(WORD, st.sampled_from(["https://sis.example.org/api", "/runs/", "http://[::1]:8000/"]))
def test_a_query_is_masked(word: str, path: str) -> None:
    """What somebody asked for at an address is not shown."""
    assert "Ż" not in redact(f"GET {path}?search={word}&page=2 failed")


@pytest.mark.parametrize("line", ["Authorization: {}", "authorization={}", "{{'Authorization': '{}'}}", "Cookie: {}"])
@given(scheme=st.sampled_from(["Bearer", "Basic", "Token"]), word=HIDDEN)
def test_headers_are_masked(line: str, scheme: str, word: str) -> None:
    """A header that lets somebody in is not shown, in whichever form it is printed."""
    assert "Ż" not in redact(line.format(f"{scheme} {word}"))


@given(st.emails())
def test_e_mail_addresses_are_masked(address: str) -> None:
    """No e-mail address can be read, whatever its form."""
    shown = redact(f"sent to {address} at noon")
    assert address.split("@")[1] not in shown.removesuffix(" at noon")
    assert "@" not in shown


@pytest.mark.parametrize(
    "number",
    ["(555) 123-4567", "555-123-4567", "555.123.4567", "+49 30 1234567", "+15551234567", "5551234567", "555-1234"],
)
def test_telephone_numbers_are_masked(number: str) -> None:
    """Telephone numbers in the usual forms cannot be read."""
    assert redact(f"called {number} twice") == f"called {MASK} twice"


@pytest.mark.parametrize(
    "text",
    [
        "DETAIL:  Key (email)=(ŻAda Ż) already exists.",
        "DETAIL:  Failing row contains (7, ŻAda, null, Lovelace).",
        'CONTEXT:  COPY staged, line 3, column birth_date: "ŻAdaŻ"',
        "-----BEGIN RSA PRIVATE KEY-----\nŻabc\n-----END RSA PRIVATE KEY-----",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJŻIn0.abcŻ",
    ],
)
def test_what_is_told_by_its_form_is_masked(text: str) -> None:
    """Rows that a database quotes, keys and tokens are known by how they look."""
    assert "Ż" not in redact(text)


@given(_TEXT, HIDDEN, st.sampled_from(["'", '"', "`"]))
def test_what_a_library_quotes_is_masked(before: str, hidden: str, quote: str) -> None:
    """The value that a library could not read is not shown, even with an apostrophe in it."""
    assert "Ż" not in redact_foreign(f"{before.replace('Ż', '')} cannot parse {quote}{hidden}{quote} as a date")


@given(HIDDEN.filter(lambda text: len(text) > 6))
def test_the_keys_of_the_hub_are_masked_wherever_they_stand(key: str) -> None:
    """A key that was named once is found in any text, even where nothing says that it is one."""
    redaction.hide(key)
    try:
        assert "Ż" not in redact(f"nothing to see here {key} nor there")
    finally:
        redaction._hidden.clear()


@given(FIELDS, st.one_of(HIDDEN, st.integers(), st.booleans(), st.lists(HIDDEN), st.dictionaries(HIDDEN, HIDDEN)))
def test_values_of_sensitive_fields_are_masked(field: str, value: object) -> None:
    """A field that is sensitive by its name shows nothing, of whatever kind its value is."""
    assert redact_value({"run": 5, field: value}) == {"run": 5, field: MASK}


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    """Redacting never fails, and what it leaves it leaves again."""
    shown = redact(text)
    assert redact(shown) == shown
