"""Nights learn from what was agreed to and not taken back since: as every reader of the history."""

import random
from collections.abc import Sequence
from datetime import timedelta

from pyspark.sql import SparkSession

from personalization.codec.event_columns import consent_text
from personalization.domain.consent import ConsentPurpose, consent_of
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, SessionId
from personalization.neighbours.erasures import session_digest
from personalization.tracking.consents import usable
from spark_jobs.partials.consents import days_of_marks, find_withdrawals, learnable
from tests.builders.event import an_event
from tests.spark.frames import DAY, NOON, events

KEY = "key"
SESSIONS, EVENTS = 60, 400


def _history(seed: int) -> list[Event]:
    random_ = random.Random(seed)
    made = []
    for number in range(EVENTS):
        spoken = consent_of(random_.sample(list(ConsentPurpose), random_.randint(0, 4)))
        made.append(
            an_event(
                event_id=EventId(f"e{number:03d}"),
                session_id=SessionId(f"s{random_.randrange(SESSIONS)}"),
                occurred_at=NOON + timedelta(seconds=number),
                consent=spoken if random_.random() < 0.3 else None,
            )
        )
    return made


def _usable(history: Sequence[Event]) -> set[str]:
    sessions: dict[SessionId, list[Event]] = {}
    for event in history:
        sessions.setdefault(event.session_id, []).append(event)
    return {
        event.event_id for past in sessions.values() for event in usable(past, ConsentPurpose.LEARN)
    }


def test_random_histories_are_left_with_what_may_be_learned_from(spark: SparkSession) -> None:
    made = _history(7)
    rows = (
        {"event_id": event.event_id, "session_id": event.session_id,
         "occurred_at": event.occurred_at, "consent": consent_text(event.consent)}
        for event in made
    )  # fmt: skip
    history = events(spark, *rows)
    withdrawals = find_withdrawals(history, KEY)
    found = {row.event_id for row in learnable(history, withdrawals, KEY).collect()}
    assert found == _usable(made)
    assert 0 < len(found) < EVENTS
    assert len(withdrawals.until_us) > SESSIONS // 4


def test_a_history_in_which_nobody_refuses_is_left_as_it_is(spark: SparkSession) -> None:
    history = events(spark, {}, {"consent": "measure learn"})
    withdrawals = find_withdrawals(history, KEY)
    assert not withdrawals.refuses_any
    assert learnable(history, withdrawals, KEY) is history


def test_a_withdrawal_names_the_days_that_are_to_be_counted_again(spark: SparkSession) -> None:
    yesterday = DAY - timedelta(days=1)
    history = events(
        spark,
        {"session_id": "a", "day": yesterday},
        {"session_id": "b", "day": yesterday, "consent": "measure"},
        {"session_id": "a", "type": "consent", "consent": ""},
    )
    marks = find_withdrawals(history, KEY).marks()
    (mark,) = marks
    assert mark.startswith(session_digest(KEY, SessionId("a")))
    assert days_of_marks(history, KEY, marks) == {yesterday, DAY}
    assert days_of_marks(history, KEY, frozenset()) == set()
