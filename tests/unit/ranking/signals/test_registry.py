"""A signal is a file and a line of the registry, and all that goes with it is there."""

from pathlib import Path

import pytest

from personalization.explanations.clauses import prior_words
from personalization.neighbours.past_session import PastSession, VisitStep
from personalization.neighbours.session_index import build_index
from personalization.ranking.signals.questions import FittingQuery, ask
from personalization.ranking.signals.registry import SIGNALS
from personalization.ranking.signals.signal import FixedStrengths


@pytest.mark.parametrize("name", SIGNALS)
def test_every_signal_has_words_and_a_test_of_its_own(name: str) -> None:
    assert prior_words(name, "Shirts") == SIGNALS[name].words != ""
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_words_are_of_one_signal() -> None:
    assert len({signal.words for signal in SIGNALS.values()}) == len(SIGNALS)


def test_the_night_asks_every_signal_and_the_live_part() -> None:
    index = build_index(
        [PastSession(1, ("a", "b", "c")), PastSession(2, ("a", "c")), PastSession(3, ("d", "b"))]
    )
    questions = ask(
        [FittingQuery(VisitStep({"b": 1, "a": 1}, {}, "c"), {"c": 1.0})], index, FixedStrengths({})
    )
    assert questions.shares.shape[1] == 1 + len(SIGNALS)
    assert questions.targets.tolist() == [0]
    assert questions.shares[0, :2].sum() == pytest.approx(2)
