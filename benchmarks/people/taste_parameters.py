"""What the half-life of tastes and the shares set by hand are worth, chosen before they are judged.

    python -m benchmarks.people.taste_parameters HOME

The last days of the history are asked about in two halves: on the earlier each half-life and pair
of shares (products, categories) is tried, and the best is judged on the later, beside the defaults.
Tastes of each half are those of before it. The figures are those by which a night fits the shares:
HR@20 + MRR@20 of first pages, in percent.
"""

import argparse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.people.counted_tastes import ASKED_DAYS, CountedShop
from personalization.domain.tastes import TASTE_HALFLIFE_DAYS, TasteTerm
from personalization.ranking.fitted_tastes import HAND_SET, NONE, Shares, TasteQuestions
from personalization.wiring import CoreSettings, open_kept

NEVER = 100_000
"""As a half-life: nothing is forgotten."""
HALFLIVES = (5, 10, 20, 30, TASTE_HALFLIFE_DAYS, 120, NEVER)
PRODUCT_SHARES, CATEGORY_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8), (0.0, 0.1, 0.2, 0.4)
MOST_TOGETHER = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--days", type=int, default=ASKED_DAYS, help="Of each half.")
    options = parser.parse_args()
    with open_kept(CoreSettings.of_home(options.home)) as kept:
        shop = CountedShop.of(kept)
    last, days = shop.acts[-1].day, timedelta(days=options.days)
    middle, first = last - days, last - 2 * days
    table = Table(
        "half-life, days", "earlier: none", "by hand", "best", "its shares",
        "later: none", "by hand", "the earlier's best",
        title=f"HR@20 + MRR@20, %: {first} to {middle}, and to {last}",
    )  # fmt: skip
    asked: tuple[int, int] = (0, 0)
    for halflife in HALFLIVES:
        earlier, later = (
            TasteQuestions(shop.visits(tastes, cut, cut + days), shop.before(cut))
            for cut in (first, middle)
            for tastes in (shop.tastes(cut, halflife),)
        )
        best = max(_pairs(), key=earlier.quality)
        table.add_row(
            "never" if halflife == NEVER else str(halflife),
            *(_percent(earlier, shares) for shares in (NONE, HAND_SET, best)),
            f"{best[TasteTerm.PRODUCTS]:g}, {best[TasteTerm.CATEGORIES]:g}",
            *(_percent(later, shares) for shares in (NONE, HAND_SET, best)),
        )
        asked = earlier.count, later.count
    console = Console(width=120)
    console.print(table)
    console.print(f"{asked[0]:,} and {asked[1]:,} products are asked about.")


def _percent(questions: TasteQuestions, shares: Shares) -> str:
    return f"{100 * questions.quality(shares):.1f}"


def _pairs() -> Iterator[Shares]:
    for products in PRODUCT_SHARES:
        for categories in CATEGORY_SHARES:
            if products + categories <= MOST_TOGETHER:
                yield {**NONE, TasteTerm.PRODUCTS: products, TasteTerm.CATEGORIES: categories}


if __name__ == "__main__":
    main()
