"""Visits that are made up over a catalogue: what is planted in them is found again."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from cli.commands.generate_visits import generate_visits_command
from importers.generated.visits.made_shoppers import MadeShoppers
from importers.generated.visits.stored_products import stored_products
from importers.generated.visits.visit_plan import MOST_VISITS, VisitPlan
from importers.generated.visits.visited_products import Fellows, VisitedProduct, VisitedProducts
from importers.generated.visits.visits_file import write_visits
from importers.loaders.generated_visits import NAME
from importers.report import read_report
from importers.run import CATALOGUE_REPORT
from personalization.domain.errors import ImportRejectedError
from personalization.domain.event import Event, EventType
from tests.unit.importers.conftest import Shop
from tests.unit.importers.silent_progress import SilentProgress

LAST_DAY = date(2026, 11, 20)
PLAN = VisitPlan(last_day=LAST_DAY, days=10, visits=400, users=30)
COLOURS = ("Blue", "Red", "Black")
KINDS = {"Women": ("Tops", "Skirts", "Heels"), "Men": ("Shirts", "Jeans", "Shoes")}
HEADER = "id,gender,masterCategory,subCategory,articleType,baseColour,productDisplayName"


def fill_catalogue(shop: Shop, folder: Path) -> None:
    """Put 12 garments of each kind into the catalogue, and socks for everybody."""
    rows = [
        (gender, kind, COLOURS[number % 3])
        for gender, kinds in KINDS.items()
        for kind in kinds
        for number in range(12)
    ] + [("Unisex", "Socks", "Black")] * 3
    lines = [
        f"{number},{gender},Apparel,Worn,{kind},{colour},{kind} {number}"
        for number, (gender, kind, colour) in enumerate(rows, 1)
    ]
    file = folder / "garments.csv"
    file.write_text("\n".join([HEADER, *lines, ""]))
    shop.import_files(file)


@pytest.fixture
def visits(shop: Shop, tmp_path: Path) -> Path:
    """Return the file of visits over the garments."""
    fill_catalogue(shop, tmp_path)
    path = tmp_path / "visits.parquet"
    write_visits(shop.stores.catalogue, PLAN, path, SilentProgress())
    return path


def products_of(shop: Shop) -> dict[str, VisitedProduct]:
    found = stored_products(shop.stores.catalogue, LAST_DAY, PLAN.seed)
    return {product.product_id: product for product in found}


def views_by_visit(events: list[Event]) -> Iterator[list[str]]:
    views: defaultdict[str, list[str]] = defaultdict(list)
    for event in events:
        if event.type is EventType.PRODUCT_VIEW:
            views[event.session_id].append(str(event.product_id))
    yield from views.values()


def test_the_import_says_that_they_are_generated_and_holds_the_last_days_out(
    shop: Shop, visits: Path
) -> None:
    report = shop.import_files(visits, holdout=None)

    assert (report.dataset, report.generated, report.rows_rejected) == (NAME, True, 0)
    assert "these visits are generated: no shopper in them is real" in report.notes
    assert "enerated" in report.title
    assert (report.sessions, report.held_back_sessions) == (400, 40)
    assert report.held_back_from == datetime(2026, 11, 20, tzinfo=UTC)
    assert report.last_event is not None
    assert report.last_event.date() == LAST_DAY
    assert {event.occurred_at.date() for event in shop.held_out()} == {LAST_DAY}
    catalogue = read_report(shop.storage.home / CATALOGUE_REPORT)
    assert catalogue is not None
    assert not catalogue.generated
    assert not [note for note in report.notes if "holds both" in note]


def test_products_and_their_titles_stay_those_of_the_catalogue(shop: Shop, visits: Path) -> None:
    before = shop.products()
    report = shop.import_files(visits)
    assert (report.new_products, report.changed_products) == (0, 0)
    assert shop.products() == before
    assert {key for event in shop.events() for key in event.product_ids} <= before.keys()


def test_a_visit_stays_with_one_audience_and_mostly_in_a_category(shop: Shop, visits: Path) -> None:
    shop.import_files(visits)
    products = products_of(shop)
    stays = steps = 0
    for views in views_by_visit(shop.events()):
        audiences = {products[view].audience for view in views} - {"unisex"}
        assert len(audiences) <= 1
        for before, after in pairwise(views):
            stays += products[before].category_id == products[after].category_id
            steps += 1
    # Of seven categories, of which an audience has four.
    assert stays / steps > 0.6


def test_companions_and_partners_are_found_again(shop: Shop, visits: Path) -> None:
    shop.import_files(visits)
    products = list(products_of(shop).values())
    shelf = VisitedProducts(products, PLAN.seed)
    place = {str(product.product_id): at for at, product in enumerate(products)}

    def fellows(product: str) -> list[Fellows]:
        own = products[place[product]].audience
        audiences = [own] if own in shelf.audiences else shelf.audiences
        return [shelf.fellows_of(audience, place[product]) for audience in audiences]

    pairs = [pair for views in views_by_visit(shop.events()) for pair in pairwise(views)]
    follows = [
        any(place[after] in found.companions for found in fellows(before))
        for before, after in pairs
    ]
    orders = [
        [str(product) for product in event.product_ids]
        for event in shop.events()
        if event.type is EventType.CHECKOUT and len(event.product_ids) > 1
    ]
    with_partner = [
        any(
            found.partner == place[other]
            for each in order
            for found in fellows(each)
            for other in order
        )
        for order in orders
    ]
    assert sum(follows) / len(follows) > 0.4
    assert len(orders) > 40
    assert sum(with_partner) / len(orders) > 0.8


def test_known_users_come_back_with_what_they_like(shop: Shop, visits: Path) -> None:
    shop.import_files(visits)
    products = products_of(shop)
    views: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sessions: defaultdict[str, set[str]] = defaultdict(set)
    anonymous: set[str] = set()
    for event in shop.events():
        if event.user_id is None:
            anonymous.add(event.session_id)
        else:
            sessions[event.user_id].add(event.session_id)
            if event.type is EventType.PRODUCT_VIEW:
                views[event.user_id][products[str(event.product_id)].colour] += 1
    assert all(user.startswith("generated-") for user in sessions)
    assert 0.4 < len(anonymous) / 400 < 0.6
    assert len(sessions) > PLAN.users * 0.8
    assert sum(map(len, sessions.values())) > 4 * len(sessions)
    # Two of three colours are liked: without tastes two have two thirds.
    least = sum(
        counts.total() - sum(n for _, n in counts.most_common(2)) for counts in views.values()
    )
    assert least / sum(counts.total() for counts in views.values()) < 0.15


def test_orders_have_prices_only_where_products_have(shop: Shop, tmp_path: Path) -> None:
    fill_catalogue(shop, tmp_path)
    path = tmp_path / "visits.parquet"
    write_visits(shop.stores.catalogue, PLAN, path, SilentProgress())
    assert set(pq.read_table(path).column("price").to_pylist()) == {None}
    shop.import_files(path)
    assert {event.unit_price_micros for event in shop.events()} == {()}

    priced = tmp_path / "priced.csv"
    priced.write_text("id,title,price,currency\n1,Top,19.5,EUR\n")
    shop.import_files(priced)
    write_visits(shop.stores.catalogue, PLAN, path, SilentProgress())
    rows = pq.read_table(path).to_pylist()
    told = {(row["product_id"], row["price"], row["currency"]) for row in rows if row["price"]}
    assert told == {("1", 19.5, "EUR")}
    assert {row["event_type"] for row in rows if row["price"]} <= {"add_to_cart", "checkout"}


def test_the_same_seed_gives_the_same_file_and_another_one_other_visits(
    shop: Shop, visits: Path, tmp_path: Path
) -> None:
    again, other = tmp_path / "again.parquet", tmp_path / "other.parquet"
    write_visits(shop.stores.catalogue, PLAN, again, SilentProgress())
    plan = VisitPlan(last_day=LAST_DAY, days=10, visits=400, users=30, seed=8)
    write_visits(shop.stores.catalogue, plan, other, SilentProgress())
    assert again.read_bytes() == visits.read_bytes()
    assert not set(pq.read_table(other).column("session_id").to_pylist()) & set(
        pq.read_table(visits).column("session_id").to_pylist()
    )


@pytest.mark.parametrize(
    "wrong", [{"visits": 0}, {"visits": MOST_VISITS + 1}, {"days": 0}, {"users": 0}, {"seed": -1}]
)
def test_what_cannot_be_made_up_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ImportRejectedError):
        VisitPlan(last_day=LAST_DAY, **wrong)


def test_without_products_or_a_place_for_the_file_nothing_is_written(
    shop: Shop, tmp_path: Path
) -> None:
    with pytest.raises(ImportRejectedError, match="no product that can be shown"):
        write_visits(shop.stores.catalogue, PLAN, tmp_path / "v.parquet", SilentProgress())
    fill_catalogue(shop, tmp_path)
    for place in (tmp_path / "v.csv", tmp_path / "none" / "v.parquet"):
        with pytest.raises(ImportRejectedError):
            write_visits(shop.stores.catalogue, PLAN, place, SilentProgress())
        assert not place.exists()


def test_a_catalogue_of_one_product_without_words_is_visited_too(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("id,title\n1,Top\n")
    shop.import_files(file)
    path = tmp_path / "v.parquet"
    plan = VisitPlan(last_day=LAST_DAY, days=2, visits=5, users=1)
    assert write_visits(shop.stores.catalogue, plan, path, SilentProgress()) >= 5
    assert shop.import_files(path).rows_rejected == 0


def test_a_region_likes_its_favourite_category_more_than_others_do(
    shop: Shop, tmp_path: Path
) -> None:
    fill_catalogue(shop, tmp_path)
    shelf = VisitedProducts(list(products_of(shop).values()), PLAN.seed)
    shoppers = MadeShoppers(shelf, 1, PLAN.seed)
    random = np.random.default_rng(1)
    tastes = [taste for user, taste in (shoppers.draw(random) for _ in range(800)) if user is None]
    liked: dict[bool, list[bool]] = {True: [], False: []}
    for taste in tastes:
        favourite = shoppers.favourite("gb", taste.audience)
        liked[taste.region == "gb"].append(taste.categories[0] == favourite)
    assert len(liked[True]) > 50
    assert sum(liked[True]) / len(liked[True]) > 1.5 * sum(liked[False]) / len(liked[False])


def test_the_command_writes_the_file_and_says_that_it_is_generated(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITTING_ROOM_MINIMUM_FREE_MIB", "0")
    fill_catalogue(shop, tmp_path)
    app = typer.Typer()
    app.command()(generate_visits_command)
    path = tmp_path / "v.parquet"
    options = ["--home", str(shop.storage.home), "--visits", "5", "--last-day", "2026-11-20"]
    outcome = CliRunner().invoke(app, [str(path), *options], env={"COLUMNS": "200"})
    assert outcome.exit_code == 0, outcome.output
    assert "5 generated visits" in outcome.output
    assert "no shopper in them is real" in outcome.output
    assert pq.read_table(path).num_rows >= 5

    empty = ["--home", str(tmp_path / "empty")]
    refused = CliRunner().invoke(app, [str(path), *empty], env={"COLUMNS": "200"})
    assert refused.exit_code == 1
    assert "import one first" in refused.output
