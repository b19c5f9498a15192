from personalization.ranking.signals.returns import RETURN
from personalization.ranking.signals.signal import MOST_RETURNS
from tests.unit.ranking.signals.visits import a_visit

PAST = (("a", "b", "a", "b", "a"),) * 50


def test_what_was_seen_has_the_chance_that_it_comes_again() -> None:
    visit = a_visit("a", "b", past=PAST)
    strengths = RETURN.strengths(visit)
    assert strengths["b"] > strengths["a"]
    assert RETURN.share(visit) == sum(strengths.values())


def test_something_new_stays_possible() -> None:
    visit = a_visit("a", "a", "a", "b", "b", "b", past=PAST * 100)
    assert RETURN.share(visit) <= MOST_RETURNS
