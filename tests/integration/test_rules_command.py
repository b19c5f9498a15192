"""The shop's rules by the command line, from the first to the dry run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId, SessionId
from personalization.domain.session import Session
from personalization.merchandising.editor import RuleEditor, update_stock
from personalization.ports.plan_store import RULES
from personalization.ports.stores import KeptStores
from personalization.sessions.counting import take
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.event import an_event
from tests.builders.shops.small_shop import SmallShop, a_small_shop
from tests.integration.command_line import run_over

WHY = ("--reason", "a test", "--author", "ann")


@pytest.fixture
def shop(tmp_path: Path) -> SmallShop:
    """Return a shop whose files are those of a home folder."""
    return a_small_shop(tmp_path, epsilon=0.2)


@pytest.fixture
def settings(tmp_path: Path, shop: SmallShop) -> CoreSettings:
    assert shop.catalogue.category_name("shirts") == "Shirts"  # type: ignore[arg-type]
    return CoreSettings(storage=StorageSettings(home=tmp_path), redis=RedisSettings())


@pytest.fixture
def kept_stores(settings: CoreSettings) -> Iterator[KeptStores]:
    with open_kept(settings) as opened:
        yield opened


def document(settings: CoreSettings) -> dict[str, dict[str, object]]:
    rules = msgspec.json.decode(run_over(settings, "rules", "export"))["rules"]
    return {rule["id"]: rule for rule in rules}


def test_rules_are_added_listed_replaced_and_removed(settings: CoreSettings) -> None:
    run_over(
        settings, "rules", "add", "hero", "pin", "--product", "shirt-1", "--position", "1", *WHY
    )
    starts = ("--from", "2030-01-01T00:00", "--until", "2030-02-01T00:00+01:00")
    boost = ("rules", "add", "sale", "boost", "--category", "skirts", *starts, *WHY)
    said = run_over(settings, *boost, "--amount", "0.2")
    assert said.startswith("Version 2 of the rules: 2 rules.")

    listed = run_over(settings, "rules", "list")
    assert "pin at 1" in listed
    assert "boost +0.2" in listed
    assert document(settings)["sale"]["until"] == "2030-01-31T23:00:00Z"

    run_over(settings, *boost, "--amount", "0.3", expect=1)
    run_over(settings, *boost, "--amount", "0.3", "--replace")
    assert document(settings)["sale"]["amount"] == 0.3
    run_over(settings, "rules", "remove", "hero", "--author", "bob")
    assert set(document(settings)) == {"sale"}

    versions = run_over(settings, "rules", "history")
    assert [line.split()[1] for line in versions.splitlines() if "ann" in line or "bob" in line]
    assert "bob" in versions
    assert "hero" in run_over(settings, "rules", "list", "--version", "1")


def test_rules_that_cannot_be_are_not_written(
    settings: CoreSettings, kept_stores: KeptStores
) -> None:
    run_over(settings, "rules", "add", "a", "exclude", "--product", "no-such", *WHY, expect=1)
    run_over(settings, "rules", "add", "a", "boost", "--product", "shirt-1", *WHY, expect=1)
    run_over(settings, "rules", "remove", "a", expect=1)
    nowhere = ("rules", "add", "a", "exclude", "--product", "shirt-1", "--region", "Deutschland")
    run_over(settings, *nowhere, *WHY, expect=1)

    assert kept_stores.plans.read(RULES) is None


def test_a_file_takes_the_place_of_all_rules(settings: CoreSettings, tmp_path: Path) -> None:
    run_over(settings, "rules", "add", "old", "exclude", "--product", "shirt-1", *WHY)
    file = tmp_path / "rules.json"
    rule = {"id": "new", "kind": "exclude", "products": ["shirt-2"], "reason": "x"}
    file.write_bytes(msgspec.json.encode({"rules": [rule]}))

    run_over(settings, "rules", "import", str(file), "--author", "ann")

    assert document(settings) == {"new": {**rule, "author": "ann"}}


def test_stock_goes_out_and_comes_back(settings: CoreSettings, kept_stores: KeptStores) -> None:
    run_over(settings, "rules", "stock", "--out", "shirt-1", "--out", "not-yet-known")
    assert document(settings)["stock"]["products"] == ["shirt-1", "not-yet-known"]
    run_over(settings, "rules", "stock", "--out", "shirt-1")
    newest = kept_stores.plans.read(RULES)
    assert newest is not None
    assert newest.version == 1, "nothing changed, so nothing is written"
    run_over(settings, "rules", "stock", "--back", "shirt-1", "--back", "not-yet-known")
    assert document(settings) == {}


def test_systems_that_tell_of_stock_at_once_lose_nothing(kept_stores: KeptStores) -> None:
    editor = RuleEditor(kept_stores)
    products = [f"product-{number}" for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda product: editor.edit(update_stock([product], [], product), product), products
            )
        )

    book = editor.newest().document
    assert set(book.rules[0].product_ids) == set(products)


def test_a_dry_run_tells_what_would_change_and_writes_only_if_told(
    settings: CoreSettings, shop: SmallShop, kept_stores: KeptStores, tmp_path: Path
) -> None:
    for number in range(5):
        _live(shop, kept_stores, number)
    file = tmp_path / "rules.json"
    rules = [
        {"id": "out", "kind": "exclude", "products": ["shirt-2"], "reason": "x"},
        {"id": "far", "kind": "pin", "products": ["shirt-1"], "position": 9, "reason": "x"},
    ]
    file.write_bytes(msgspec.json.encode({"rules": rules}))
    dry_run = ("rules", "dry-run", str(file), "--author", "ann")

    report = msgspec.json.decode(run_over(settings, *dry_run, "--json", "--last", "8"))

    assert (report["decisions"], report["changed_decisions"]) == (8, 8)
    assert report["applied"] == {"out": 8, "far": 0}
    assert report["exposure_changes"]["shirt-2"] == -8
    assert (report["short_slates_before"], report["short_slates_after"]) == (0, 8)
    assert kept_stores.plans.read(RULES) is None
    assert "never applies" in run_over(settings, *dry_run, "--apply")
    assert set(document(settings)) == {"out", "far"}
    unchanged = msgspec.json.decode(run_over(settings, *dry_run, "--add", "--json"))
    assert unchanged["changed_decisions"] == 0


@pytest.mark.parametrize("option", ["--held-out", "--held-back"])
def test_a_dry_run_takes_sessions_that_were_held_out(
    settings: CoreSettings, tmp_path: Path, option: str
) -> None:
    events = [_view(0, number, product) for number, product in enumerate(("shirt-1", "shirt-2"))]
    lines = b"\n".join(EVENT.encode(event) for event in events)
    settings.storage.held_out_file.write_bytes(lines + b"\n")
    file = tmp_path / "rules.json"
    file.write_bytes(b'{"rules": []}')

    found = run_over(settings, "rules", "dry-run", str(file), option, "--json")

    assert msgspec.json.decode(found)["decisions"] == 1


def _view(session: int, number: int, product: str) -> Event:
    moment = datetime.now(UTC) - timedelta(minutes=10 - number)
    return an_event(
        session_id=SessionId(f"session-{session}"),
        event_id=EventId(f"event-{session}-{number}"),
        type=EventType.PRODUCT_VIEW,
        product_ids=(ProductId(product),),
        occurred_at=moment,
        received_at=moment,
        region=None,
    )


def _live(shop: SmallShop, kept_stores: KeptStores, session_number: int) -> None:
    """Count two events of a session and decide after each, as the service does."""
    events = [_view(session_number, n, product) for n, product in enumerate(("shirt-1", "skirt-1"))]
    session = Session.start(events[0])
    for number, event in enumerate(events, 1):
        session, _ = take(session, event, shop.catalogue.products(event.product_ids))
        session = replace(session, profile_version=number)
        kept_stores.decisions.append([shop.maker.make(session, event.received_at)])
    kept_stores.history.append(events)
