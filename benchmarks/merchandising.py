"""What merchandising rules cost a decision, and a profile that is read after it was made.

    python -m benchmarks.merchandising --home var/demo

Processor time of one thread. The books take turns, so that a busy machine slows all alike.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import ROUNDS, mean_of
from personalization.codec.json_codec import PROFILE
from personalization.domain.draw import HOME
from personalization.domain.identifiers import CategoryId, ProductId, RuleId
from personalization.domain.session import Session
from personalization.merchandising.current_rules import FixedRules, RuleIndex
from personalization.merchandising.rule import MerchandisingRule, RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.profiles.builder import ProfileBuilder
from personalization.profiles.redaction import without_hidden
from personalization.wiring import CoreSettings, open_kept, open_ranking

Query = tuple[Session, datetime]
Call = Callable[[Session, datetime], object]
SESSIONS = 60
SIZES = (0, 10, 1_000)
PINNED = 3
HIDDEN = 8
"""Rules among which those that hide do hide what is on sale."""
_AMOUNTS = {
    **dict.fromkeys((RuleKind.BOOST, RuleKind.BURY), 0.1),
    **dict.fromkeys((RuleKind.EXCLUDE, RuleKind.OUT_OF_STOCK)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    settings = CoreSettings.of_home(parser.parse_args().home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, SESSIONS)
        products = [item.product_id for chunk in kept.catalogue.all_products() for item in chunk]
        category = kept.catalogue.all_categories()[0].category_id
        books = [_book(count, products, category) for count in SIZES]
        deciders = [ranking.decider.with_rules(FixedRules(rule_book)) for rule_book in books]
        makers = [ProfileBuilder(decision_maker) for decision_maker in deciders]
        calls: dict[str, Call] = {}
        for count, decider, maker in zip(SIZES, deciders, makers, strict=True):
            calls[f"decision, {count:,} rules"] = decider.decide
            calls[f"decision and profile, {count:,} rules"] = maker.make
        body = PROFILE.encode(makers[0].make(*queries[-1]).profile)
        visible_lists = deciders[-1].visible_lists(datetime.now(UTC), None)
        calls["a profile made before, 1,000 rules"] = lambda *_: without_hidden(
            body, visible_lists.hidden_among, visible_lists.hidden_categories
        )
        means = _least(calls, queries)
        started = time.process_time()
        RuleIndex(books[-1]).at(datetime.now(UTC), None)
        means["putting 1,000 rules in force, once a version"] = time.process_time() - started
    _print(means, f"{len(queries):,} decisions")


def _book(count: int, products: Sequence[ProductId], category: CategoryId) -> RuleBook:
    """Return pins, then rules of all other kinds in turn over the catalogue's products."""
    return RuleBook(tuple(islice(_rules(products, category), count)))


def _rules(products: Sequence[ProductId], category: CategoryId) -> Iterator[MerchandisingRule]:
    rule = partial(MerchandisingRule, author="benchmark", reason="benchmark")
    for place in range(PINNED):
        yield rule(
            rule_id=RuleId(f"pin-{place}"),
            kind=RuleKind.PIN,
            product_ids=(products[place],),
            position=place + 1,
            placements=(HOME,),
        )
    yield rule(
        rule_id=RuleId("category"), kind=RuleKind.BOOST, category_ids=(category,), amount=0.1
    )
    until = datetime.now(UTC) + timedelta(days=30)
    for number, (kind, on_sale) in enumerate(zip(cycle(_AMOUNTS), cycle(products[PINNED:]))):
        # A demo's catalogue is small: most of what is hidden is none of its products, so that
        # action sets stay as large as without rules.
        hidden = number > HIDDEN and _AMOUNTS[kind] is None
        product = ProductId(f"sold-out-{number}") if hidden else on_sale
        yield rule(
            rule_id=RuleId(f"rule-{number}"),
            kind=kind,
            product_ids=(product,),
            ends_at=until,
            amount=_AMOUNTS[kind],
        )


def _least(calls: dict[str, Call], queries: Sequence[Query]) -> dict[str, float]:
    """Return each call's least mean processor time per query (seconds), all taking turns."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            least[name] = min(least[name], mean_of(partial(_answer, call), queries))
    return least


def _answer(call: Call, query: Query) -> object:
    return call(*query)


def _print(means: dict[str, float], title: str) -> None:
    table = Table("what", Column("us", justify="right"), title=title, title_justify="left")
    for name, seconds in means.items():
        table.add_row(name, f"{1e6 * seconds:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
