"""What the ranking knows of the active generation, and how often it asks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable
from personalization.priors import active_priors
from personalization.priors.active_priors import ActivePriors
from tests.builders.shops.small_shop import (
    GENERATION,
    INDEXED,
    PRIORS,
    SmallShop,
    a_small_shop,
    promote_with_index,
)

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


def test_the_session_index_comes_with_its_generation(shop: SmallShop) -> None:
    assert shop.active_priors.session_index() is None
    index = promote_with_index(shop)
    shop.priors.away = True
    pinned = shop.active_priors.pin()
    found = pinned.session_index()
    assert found is not None
    assert found.products == index.products
    # Read once, and shared by all who decide.
    assert shop.active_priors.pin().session_index() is found


def test_a_generation_whose_index_cannot_be_read_yet_leaves_the_former_one_in_force(
    shop: SmallShop,
) -> None:
    shop.active_priors.refresh()
    # Between the pointer and the index the store goes away.
    store = shop.priors.read_index
    shop.priors.read_index = _away
    promote_with_index(shop)
    assert shop.active_priors.generation().generation_id == GENERATION
    assert shop.active_priors.read(LEADERS) == PRIORS[LEADERS]
    shop.priors.read_index = store
    shop.active_priors.refresh()
    assert shop.active_priors.generation().generation_id == INDEXED
    assert shop.active_priors.session_index() is not None


def test_a_generation_whose_index_is_damaged_serves_without_one(shop: SmallShop) -> None:
    promote_with_index(shop)
    shop.priors.write_index(INDEXED, [b"no index"])
    priors = ActivePriors(shop.priors)
    assert priors.session_index() is None
    assert priors.generation().generation_id == INDEXED


def _away(generation_id: GenerationId) -> Sequence[bytes]:
    raise StoreUnavailableError(generation_id)


def test_a_large_generation_is_read_as_it_is_wanted(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(active_priors, "READ_AHEAD_LISTS", len(PRIORS) - 1)
    priors = ActivePriors(shop.priors)
    assert priors.read_ahead() == 0
    assert priors.read(LEADERS) == PRIORS[LEADERS]
    assert priors.read(NOWHERE) == ()
