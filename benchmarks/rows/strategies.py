"""What each strategy of a row shows on a real catalogue, side by side, and what they share.

    python -m benchmarks.rows.strategies --home var/demo

Held-out visits ask each strategy for its first ten, without exploration. Two share more than half
only where one says that it fell back. Beside it, processor time of one thread: of a list of 200
ranked, of a page of five rows, and bytes of what is kept of both.
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.held_out_queries import held_out_queries
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.decisions.decision_record import encode_record
from personalization.domain.asked import Strategy
from personalization.domain.event import EventType
from personalization.domain.identifiers import EventId, ProductId, SessionId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.session import RecentEvent, Session
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.recommendations.answer import RowAnswer
from personalization.recommendations.person import PersonVisits, Purchase
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.row_maker import RowMaker
from personalization.wiring import CoreSettings, Ranking, open_kept, open_ranking

TEN = 10
VISITS = 60
SHOWN = 3
"""Visits whose rows are printed."""
RANKED = 200
_PAGE = (
    Strategy.PERSONAL,
    Strategy.SIMILAR,
    Strategy.COMPLEMENTARY,
    Strategy.TRENDING,
    Strategy.POPULAR,
)
Rows = Mapping[Strategy, RowAnswer]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    settings = CoreSettings.of_home(parser.parse_args().home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        ranking.priors.read_ahead()
        columns = FilterColumns(kept.catalogue)
        columns.refresh()
        maker = RowMaker(ranking.decider, columns, timedelta(hours=48))
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, VISITS)
        queries = [query for query in queries if _has_product(query[0])]
        queries = queries or _views(ranking)
        answers = [_rows(maker, session, now) for session, now in queries]
        titles = {
            product.product_id: product.title
            for chunk in kept.catalogue.all_products()
            for product in chunk
        }
        console = Console(width=200)
        for rows in answers[:: max(1, len(answers) // SHOWN)][:SHOWN]:
            console.print(_side_by_side(rows, titles))
        console.print(_overlaps(answers))
        products = list(titles)[:RANKED]
        for line in _costs(maker, queries, products):
            console.print(line)


def _views(ranking: Ranking) -> list[tuple[Session, datetime]]:
    """Return visits of one view each, of what is popular or well rated, if nothing was held out."""
    now = datetime.now(UTC)
    tables = (PriorTable.POPULAR_PRODUCTS, PriorTable.RATED_PRODUCTS)
    lists = [ranking.priors.member_ids((table, GLOBAL_SCOPE)) for table in tables]
    ids = next(filter(None, lists), ())[:VISITS]
    products = ranking.catalogue.products([ProductId(product) for product in ids])
    return [
        (
            Session(
                session_id=SessionId("00000000-0000-4000-8000-000000000001"),
                started_at=now,
                watermark=now,
                interaction_count=1,
                recent=(
                    RecentEvent(
                        event_id=EventId("view"),
                        type=EventType.PRODUCT_VIEW,
                        occurred_at=now,
                        product_id=product.product_id,
                        category_id=product.category_id,
                        reward=1.0,
                    ),
                ),
            ),
            now,
        )
        for product in products.values()
    ]


def _has_product(session: Session) -> bool:
    return any(event.product_id is not None and event.reward > 0 for event in session.recent)


def _placement(strategy: Strategy, size: int = TEN, epsilon: str = "0") -> Placement:
    name = strategy.value.replace("_", "-")
    policy = PolicySpec.parse(f"epsilon-greedy:epsilon={epsilon}")
    return Placement(name=name, size=size, policy=policy)


def _rows(maker: RowMaker, session: Session, now: datetime) -> Rows:
    """Ask each strategy for a page of its own, for somebody who bought what is viewed now."""
    viewed = [event.product_id for event in session.recent if event.product_id is not None]
    bought = tuple([Purchase(product, now - timedelta(days=60), 1) for product in viewed[1::2]])
    person = PersonVisits(viewed=tuple(viewed), bought=bought)
    rows: dict[Strategy, RowAnswer] = {}
    for strategy in Strategy:
        request = RowRequest(placement=_placement(strategy), strategy=strategy)
        [rows[strategy]] = maker.page(session, [request], now, person)
    return rows


def _side_by_side(rows: Rows, titles: Mapping[ProductId, str]) -> Table:
    table = Table(title="The first ten of each strategy, for one visit", show_lines=True)
    for row in rows.values():
        table.add_column(f"{row.title}\n({row.strategy.value})", overflow="fold")
    for place in range(TEN):
        cells = [
            f"{titles[row.items[place].product_id][:24]}" if place < len(row.items) else ""
            for row in rows.values()
        ]
        table.add_row(*cells)
    table.add_row(*[row.short or "" for row in rows.values()])
    return table


def _overlaps(answers: Sequence[Rows]) -> Table:
    """Say of each pair how much it shares at most, and in how many visits more than half."""
    table = Table(
        "strategies", "at most", "above half of", title=f"Shared in {len(answers)} visits"
    )
    for first, second in combinations(Strategy, 2):
        shares = []
        for rows in answers:
            pair = rows[first], rows[second]
            if any(
                row.fell_back_from or row.strategy is not strategy
                for row, strategy in zip(pair, (first, second), strict=True)
            ):
                continue
            ids = [{item.product_id for item in row.items} for row in pair]
            shares.append(len(ids[0] & ids[1]))
        most = max(shares, default=0)
        above = sum(share > TEN / 2 for share in shares)
        if most:
            table.add_row(f"{first.value}, {second.value}", str(most), f"{above} of {len(shares)}")
    return table


def _costs(
    maker: RowMaker, queries: Sequence[tuple[Session, datetime]], products: Sequence[ProductId]
) -> list[str]:
    scores = {product: float(place) for place, product in enumerate(products)}
    lines = []
    for size in (TEN, len(products)):
        placement = _placement(Strategy.PERSONAL, size, "0.2")
        request = RankRequest(placement=placement, product_ids=tuple(products), scores=scores)
        times, body = [], b""
        for session, now in [*queries, *queries]:
            started = time.process_time()
            ranked = maker.rank(session, request, now)
            times.append(time.process_time() - started)
            body = encode_record(ranked.record) if ranked.record else b""
        lines.append(_line(f"rank of {len(products)}, {size} drawn", times, len(body)))
    rows = [
        RowRequest(placement=_placement(strategy, TEN, "0.2"), strategy=strategy)
        for strategy in _PAGE
    ]
    times, bytes_kept = [], 0
    for session, now in [*queries, *queries]:
        started = time.process_time()
        answers = maker.page(session, rows, now)
        times.append(time.process_time() - started)
        bytes_kept = sum(len(encode_record(row.record)) for row in answers if row.record)
    lines.append(_line("page of five rows", times, bytes_kept))
    return lines


def _line(name: str, times: Sequence[float], size: int) -> str:
    middle = sorted(times)[len(times) // 2]
    return f"{name}: {1000 * middle:.2f} ms, {size:,} bytes kept"


if __name__ == "__main__":
    main()
