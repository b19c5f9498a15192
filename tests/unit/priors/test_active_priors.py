"""What the ranking knows of the active generation, and how often it asks."""

from pathlib import Path

import pytest

from personalization.domain.prior import PriorTable
from personalization.priors import active_priors
from personalization.priors.active_priors import ActivePriors
from tests.builders.shops.small_shop import PRIORS, SmallShop, a_small_shop

LEADERS = (PriorTable.CATEGORY_LEADERS, "shirts")
NOWHERE = (PriorTable.CATEGORY_LEADERS, "hats")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    return a_small_shop(tmp_path)


def test_a_small_generation_is_read_whole_and_never_asked_again(shop: SmallShop) -> None:
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead() == len(PRIORS)
    shop.priors.away = True
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    assert priors.read(NOWHERE) == ()
    assert priors.strengths([NOWHERE])[NOWHERE] == {}


def test_a_large_generation_is_read_as_it_is_wanted(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "READ_AHEAD_LISTS", len(PRIORS) - 1)
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead() == 0
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    assert priors.read(NOWHERE) == ()
