"""What a stranger wrote into the history before it was refused: passed over and counted."""

from datetime import date, timedelta

import pytest

from personalization.experiments.past_experiments import PastExperiments
from personalization.learning.past_rounds import PastRounds, Period
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.replay.past_decisions import decisions_of, sessions_of
from personalization.settings.learning import LearningSettings
from tests.builders.experiment import an_experiment
from tests.builders.made_up_decisions import MADE_UP, impressions_of_nothing
from tests.builders.moments import NOON
from tests.builders.shown_slate import ShownSlate

RULES = LearningSettings(outcome_window_seconds=60.0).outcome_rules
LATER = NOON + timedelta(hours=3)
ALL = Period()
DAY = Period(NOON.date(), NOON.date())
EVER = Period(date.min, date.max)


@pytest.fixture
def slate(event_history: EventHistory, decision_history: DecisionHistory) -> ShownSlate:
    """Return a slate that was made and seen, kept beside impressions of made-up decisions."""
    slate = ShownSlate.make(1)
    decision_history.append([slate.record])
    event_history.append([*impressions_of_nothing(), slate.impression()])
    return slate


@pytest.mark.parametrize("period", [ALL, DAY, EVER])
def test_outcomes_of_the_past_pass_over_what_was_never_decided(
    event_history: EventHistory,
    decision_history: DecisionHistory,
    slate: ShownSlate,
    period: Period,
) -> None:
    past = PastRounds(event_history, decision_history, RULES)

    found = past.read_outcomes(period, LATER)

    assert {outcome.decision_id for outcome in found.settled} == {slate.decision.decision_id}
    assert found.waiting == 0
    assert found.made_up == 2 * len(MADE_UP)
    assert len(list(past.impressions(found.settled))) == 3


def test_experiments_are_measured_past_what_was_never_decided(
    event_history: EventHistory,
    decision_history: DecisionHistory,
    catalogue: Catalogue,
    slate: ShownSlate,
) -> None:
    del slate
    past = PastExperiments(event_history, decision_history, catalogue)

    measured = past.measure(an_experiment(), LATER)

    assert measured.made_up == len(MADE_UP)
    assert measured.waiting == 0


def test_decisions_are_found_for_replay_past_what_was_never_decided(
    event_history: EventHistory, decision_history: DecisionHistory, slate: ShownSlate
) -> None:
    sessions = sessions_of(event_history, EVER)

    assert decisions_of(decision_history, sessions, EVER, LATER) == [slate.record]
    assert decision_history.read_many(MADE_UP) == {}
