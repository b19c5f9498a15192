"""A row's decision travels with the page and comes back as it was."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from api.profiles.decision_tokens import DecisionTokens
from api.recommendations.record_tokens import (
    LONGEST_RECORD_TOKEN,
    RecordTokens,
    decision_named_by,
    is_record_token,
)
from personalization.decisions.decision_record import encode_record
from personalization.domain.errors import DecisionTokenError
from personalization.domain.first_visit import FIRST_VISIT_LIFE
from personalization.domain.identifiers import ProductId, SessionId, decision_id_of
from personalization.ports.decision_history import DecisionRecord
from tests.builders.access.signing_keys import signing_keys
from tests.builders.decision_record import a_decision_record
from tests.builders.moments import NOON

MINE, OTHER = SessionId("session-1"), SessionId("session-2")
TOKENS = RecordTokens(signing_keys())


def a_row_record(material: str = "row") -> DecisionRecord:
    return a_decision_record(decision_id_of(NOON, material), MINE)


def token_of(record: DecisionRecord, tokens: RecordTokens = TOKENS) -> str:
    token = tokens.issue(record, NOON)
    assert token is not None
    return token


def _name(number: int) -> ProductId:
    """Return an id that no compression makes shorter."""
    return ProductId(sha256(str(number).encode()).hexdigest())


def test_a_record_comes_back_to_the_last_bit() -> None:
    record = a_row_record()
    token = token_of(record)

    read = TOKENS.read(token, MINE, NOON)

    assert encode_record(read) == encode_record(record)
    assert is_record_token(token)
    assert decision_named_by(token) == record.decision.decision_id
    assert len(token) < LONGEST_RECORD_TOKEN


def test_it_ends_with_the_life_of_a_first_visit() -> None:
    token = token_of(a_row_record())
    TOKENS.read(token, MINE, NOON + FIRST_VISIT_LIFE - timedelta(seconds=1))
    with pytest.raises(DecisionTokenError, match="expired"):
        TOKENS.read(token, MINE, NOON + FIRST_VISIT_LIFE)


def test_one_of_another_session_is_told() -> None:
    with pytest.raises(DecisionTokenError, match="another session"):
        TOKENS.read(token_of(a_row_record()), OTHER, NOON)


def test_whatever_is_altered_is_refused() -> None:
    token, other = token_of(a_row_record()), token_of(a_row_record("other"))
    head, decision, session, body, signature, key = token.split(".")
    for altered in (
        ".".join((head, other.split(".")[1], session, body, signature, key)),
        ".".join((head, decision, session, other.split(".")[3], signature, key)),
        ".".join((head, decision, session, body, signature[:-4], key)),
        f"{head}.{decision}.{session}.{body}.{signature}.other",
        f"{head}.{decision}.{session}...{key}",
        f"{head}.{decision}.{session}.{body}",
        token + "é",
        token + "A" * LONGEST_RECORD_TOKEN,
        token_of(a_row_record(), RecordTokens(signing_keys(b"another"))),
    ):
        with pytest.raises(DecisionTokenError):
            TOKENS.read(altered, MINE, NOON)


def test_a_token_of_a_first_visit_is_none_of_a_record() -> None:
    for text in ("", "row", "row.", "a.b.c", "row.a.b"):
        assert not is_record_token(text)
    with pytest.raises(DecisionTokenError):
        DecisionTokens(signing_keys()).read(token_of(a_row_record()), MINE, NOON)


def test_a_record_that_is_too_large_to_travel_has_no_token() -> None:
    record = a_row_record()
    slots = tuple(
        replace(record.decision.slate[0], product_id=_name(number), position=number)
        for number in range(400)
    )
    large = replace(record, decision=replace(record.decision, slate=slots))

    assert TOKENS.issue(large, NOON) is None
