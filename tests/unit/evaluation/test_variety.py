"""Coverage, entropy, inequality, novelty and diversity on lists small enough to work out."""

from math import log2

import pytest

from evaluation.variety import KnownShop, Variety

CATEGORIES = {"shirt-1": "shirts", "shirt-2": "shirts", "skirt-1": "skirts", "hat-1": "hats"}
SESSIONS = [["shirt-1", "shirt-1", "shirt-2"], ["shirt-1", "skirt-1"], ["gone", "shirt-1"]]
SHOP = KnownShop.of(CATEGORIES, SESSIONS)


def variety_of(*lists: list[str], cutoff: int = 20) -> Variety:
    variety = Variety(SHOP, cutoff)
    for other_list in lists:
        variety.add(other_list)
    return variety


def test_an_unseen_product_is_the_greatest_surprise_and_a_finite_one() -> None:
    # Views 4, 1, 1, 0 and one more each: 5, 2, 2, 1 of 10. What the catalogue lacks is not there.
    assert SHOP.surprises == {
        "shirt-1": pytest.approx(1.0),
        "shirt-2": pytest.approx(log2(5)),
        "skirt-1": pytest.approx(log2(5)),
        "hat-1": pytest.approx(log2(10)),
    }


def test_ever_the_same_product_has_no_entropy_and_the_greatest_inequality() -> None:
    variety = variety_of(["shirt-1"], ["shirt-1"])

    assert variety.coverage == 1 / 4
    assert variety.product_entropy == 0
    assert variety.category_entropy == 0
    assert variety.gini == pytest.approx(1.0)
    assert variety.novelty == pytest.approx(1.0)
    assert variety.intra_list_diversity == 0


def test_all_products_alike_have_log2_n_bits_and_no_inequality() -> None:
    variety = variety_of(list(CATEGORIES))

    assert variety.coverage == 1
    assert variety.product_entropy == pytest.approx(2.0)
    assert variety.gini == pytest.approx(0.0)
    # Shirts half of the places, skirts and hats a quarter each.
    assert variety.category_entropy == pytest.approx(1.5)


def test_of_six_pairs_one_is_of_the_same_category() -> None:
    assert variety_of(list(CATEGORIES)).intra_list_diversity == pytest.approx(5 / 6)


def test_figures_are_of_all_lists_together() -> None:
    variety = variety_of(["shirt-1", "shirt-2"], ["shirt-1", "skirt-1"])

    assert variety.product_entropy == pytest.approx(0.5 * 1 + 0.5 * 2)
    assert variety.novelty == pytest.approx((2 * 1 + 2 * log2(5)) / 4)
    assert variety.intra_list_diversity == pytest.approx((0 + 1) / 2)
    # Ascending 0, 1, 1, 2 of 4: (-3 * 0 - 1 * 1 + 1 * 1 + 3 * 2) / 4 / 3.
    assert variety.gini == pytest.approx(0.5)


def test_beyond_the_cutoff_nothing_is_shown() -> None:
    variety = variety_of(["shirt-1", "skirt-1", "hat-1"], cutoff=2)

    assert set(variety.shown) == {"shirt-1", "skirt-1"}
    assert variety.coverage == 1 / 2


def test_without_any_list_all_figures_are_0() -> None:
    variety = variety_of()

    figures = (variety.coverage, variety.product_entropy, variety.category_entropy, variety.gini)
    assert (*figures, variety.novelty, variety.intra_list_diversity) == (0,) * 6
