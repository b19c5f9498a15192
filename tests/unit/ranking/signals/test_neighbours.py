from math import log

import pytest

from personalization.ranking.signals.neighbours import NEIGHBOURS
from tests.unit.ranking.signals.visits import a_visit

PAST = (("a", "b"), ("a", "c", "b"), ("d", "c"))


def test_what_sessions_saw_that_share_a_product_has_strength() -> None:
    visit = a_visit("a", past=PAST)
    assert NEIGHBOURS.strengths(visit) == {
        "b": pytest.approx(2 * log(3 / 2), rel=1e-6),
        "c": pytest.approx(log(3 / 2), rel=1e-6),
    }
    assert list(NEIGHBOURS.strengths(visit)) == ["b", "c"]


def test_it_speaks_of_what_is_no_return() -> None:
    visit = a_visit("a", past=PAST)
    assert NEIGHBOURS.share(visit) == 1 - visit.returning
