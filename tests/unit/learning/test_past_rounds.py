"""Rounds of the past follow from the histories by the rules of the learner."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, SessionId
from personalization.learning.past_rounds import COUNTED_OF_A_SESSION, PastRounds, Period
from personalization.settings.learning import LearningSettings
from tests.builders.moments import NOON
from tests.builders.shown_slate import ShownSlate

WINDOW = timedelta(minutes=30)
RULES = LearningSettings(outcome_window_seconds=WINDOW.total_seconds()).outcome_rules
LATER = NOON + timedelta(hours=3)


class Past:
    """The histories of a shop, and what is read of them."""

    def __init__(self, folder: Path) -> None:
        self.events = SqliteEventHistory(folder / "events.sqlite")
        self.decisions = SqliteDecisionHistory(folder / "decisions.sqlite")
        self.rounds = PastRounds(self.events, self.decisions, RULES)

    def keep(self, slates: Sequence[ShownSlate], events: Sequence[Event]) -> None:
        self.decisions.append([slate.record for slate in slates])
        self.events.append(events)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    kept = Past(tmp_path)
    with closing(kept.events), closing(kept.decisions):
        yield kept


def test_every_seen_position_is_a_round_with_its_outcome(past: Past) -> None:
    slate = ShownSlate.make(1)
    past.keep([slate], [slate.impression(), slate.checkout(slate.products[1])])

    found = past.rounds.read_outcomes(Period(), LATER)
    shown = list(past.rounds.impressions(found.settled))

    assert [(position.slot.position, position.outcome) for position in shown] == [
        (0, 0.0),
        (1, 1.0),
        (2, 0.0),
    ]
    assert found.waiting == 0


def test_what_was_not_seen_is_no_round(past: Past) -> None:
    slate = ShownSlate.make(1)
    past.keep([slate], [slate.checkout(slate.products[0])])

    assert past.rounds.read_outcomes(Period(), LATER).settled == []


def test_whoever_refuses_after_the_window_is_in_no_later_round(past: Past) -> None:
    leaves, stays = ShownSlate.make(1), ShownSlate.make(2)
    next_day = timedelta(days=1)
    refusal = replace(
        leaves.impression(after=next_day), event_id=EventId("refusal"), product_ids=(), slots=(),
        type=EventType.CONSENT, decision_id=None, consent=(ConsentPurpose.MEASURE,),
    )  # fmt: skip
    past.keep([leaves, stays], [leaves.impression(), stays.impression()])
    day = Period(NOON.date(), NOON.date())
    before = past.rounds.read_outcomes(day, LATER).settled
    past.keep([], [refusal])
    after = past.rounds.read_outcomes(day, LATER + next_day).settled

    assert {outcome.decision_id for outcome in before} == {
        leaves.decision.decision_id,
        stays.decision.decision_id,
    }
    assert {outcome.decision_id for outcome in after} == {stays.decision.decision_id}


def test_a_reward_after_the_window_corrects_the_round_that_it_belongs_to(past: Past) -> None:
    slate = ShownSlate.make(1)
    late = slate.checkout(slate.products[1], after=WINDOW + timedelta(seconds=2))
    past.keep([slate], [slate.impression(), late])

    before = past.rounds.read_outcomes(Period(), NOON + WINDOW + timedelta(minutes=1)).settled
    after = past.rounds.read_outcomes(Period(), LATER).settled

    assert [position.outcome for position in before] == [0.0, 0.0, 0.0]
    assert [(position.outcome, position.corrects) for position in after] == [
        (0.0, None),
        (1.0, None),
        (0.0, None),
    ]


def test_a_reward_after_the_correction_window_comes_too_late(past: Past) -> None:
    slate = ShownSlate.make(1)
    late = slate.checkout(slate.products[0], after=2 * WINDOW + timedelta(seconds=2))
    past.keep([slate], [slate.impression(), late])

    assert [
        position.outcome for position in past.rounds.read_outcomes(Period(), LATER).settled
    ] == [0.0] * 3


def test_a_position_whose_window_has_not_passed_waits(past: Past) -> None:
    slate = ShownSlate.make(1)
    past.keep([slate], [slate.impression()])

    found = past.rounds.read_outcomes(Period(), NOON + timedelta(minutes=10))

    assert (found.settled, found.waiting) == ([], 3)


def test_the_period_is_that_of_decisions_though_outcomes_come_the_next_day(past: Past) -> None:
    midnight = NOON.replace(hour=23, minute=59, second=50)
    slates = [ShownSlate.make(1, decided_at=midnight), ShownSlate.make(2, decided_at=LATER)]
    slates += [ShownSlate.make(3, decided_at=LATER - timedelta(days=1))]
    bought = slates[0].checkout(slates[0].products[0], after=timedelta(minutes=10))
    past.keep(slates, [*(slate.impression() for slate in slates), bought])
    today, now = Period(NOON.date(), NOON.date()), NOON + timedelta(days=1)

    found = past.rounds.read_outcomes(today, now).settled

    assert {position.decision_id for position in found} == {
        slate.decision.decision_id for slate in slates[:2]
    }
    assert sorted(position.outcome for position in found) == [0.0] * 5 + [1.0]


def test_a_position_without_its_decision_is_left_out(past: Past) -> None:
    slate, lost = ShownSlate.make(1), ShownSlate.make(2)
    past.keep([slate], [slate.impression(), lost.impression()])

    found = past.rounds.read_outcomes(Period(), LATER)

    assert len(found.settled) == found.made_up == 3
    assert len(list(past.rounds.impressions(found.settled))) == 3


def test_a_strangers_impression_neither_counts_nor_takes_the_place_of_the_real_one(
    past: Past,
) -> None:
    slate = ShownSlate.make(1)
    seen, forged = slate.impression(), slate.impression(timedelta(milliseconds=500))
    stranger = replace(forged, event_id=EventId("forged"), session_id=SessionId("stranger"))
    false_order = replace(
        slate.checkout(slate.products[0]),
        event_id=EventId("false"), session_id=SessionId("stranger"),
    )  # fmt: skip
    past.keep([slate], [stranger, seen, false_order, slate.checkout(slate.products[1])])

    found = past.rounds.read_outcomes(Period(), LATER)

    assert [outcome.outcome for outcome in found.settled] == [0.0, 1.0, 0.0]
    assert found.made_up == 3


def test_only_what_was_shown_in_its_slot_is_a_round(past: Past) -> None:
    slate = ShownSlate.make(1)
    first, second, _ = slate.products
    lines = replace(
        slate.impression(), product_ids=(first, second, ProductId("never-shown")), slots=(0, 2, 1)
    )
    past.keep([slate], [lines])

    found = past.rounds.read_outcomes(Period(), LATER)

    assert [outcome.product_id for outcome in found.settled] == [first]
    assert found.made_up == 2


def test_of_one_session_only_so_many_rounds_count(past: Past) -> None:
    other = ShownSlate.make(0)
    same = [
        replace(slate, decision=replace(slate.decision, session_id=SessionId("busy")))
        for slate in map(ShownSlate.make, range(1, COUNTED_OF_A_SESSION // 3 + 20))
    ]
    seen = [
        replace(slate.impression(), event_id=EventId(f"seen-{number}"))
        for number, slate in enumerate((*same, other))
    ]
    past.keep([other, *same], seen)

    found = past.rounds.read_outcomes(Period(), LATER)
    counts = Counter(shown.decision.session_id for shown in past.rounds.impressions(found.settled))

    assert counts == {"busy": COUNTED_OF_A_SESSION, other.decision.session_id: 3}


def test_an_open_period_has_every_day() -> None:
    day = date(2026, 1, 5)

    assert day in Period()
    assert day in Period(since=day, until=day)
    assert day not in Period(since=day + timedelta(days=1))
    assert day not in Period(until=day - timedelta(days=1))
