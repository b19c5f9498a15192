"""The export rewrites what changed, and nothing else."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from nightly.night import NightOptions, begin_night, plan_night
from nightly.snapshots.snapshot import read_parents, snapshot_catalogue, snapshot_history
from nightly.wiring import NightlyStores
from personalization.domain.errors import InvalidRunDateError, NothingToCountError
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
from personalization.priors.warehouse import REQUEST, NightlyPlan
from personalization.vault.pseudonym import PSEUDONYM, key_of_pseudonym
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

DAY = NOON.date()
NEXT_DAY = DAY + timedelta(days=1)


def _day_file(warehouse: Path, day: date) -> Path:
    return warehouse / "history" / f"day={day.isoformat()}" / "events.parquet"


def _two_days(stores: NightlyStores) -> None:
    later = NOON + timedelta(days=1)
    stores.history.append([an_event(event_id="e1"), an_event(event_id="e2", occurred_at=later)])


def test_an_event_is_exported_with_its_reward_in_thousandths(
    stores: NightlyStores, tmp_path: Path
) -> None:
    stores.history.append(
        [
            an_event(
                event_id="e1", type=EventType.FEEDBACK, rating=4.3, category_id=None, user_id="ann"
            )
        ]
    )
    snapshot_history(stores.history, tmp_path, [DAY])
    [row] = pq.read_table(_day_file(tmp_path, DAY), partitioning=None).to_pylist()
    assert "ann" not in str(row)
    assert key_of_pseudonym(row.pop("user_id")) is not None
    assert row == {
        "event_id": "e1",
        "session_id": "session-1",
        "type": "feedback",
        "occurred_at": NOON,
        "product_ids": ["shirt-1"],
        "category_id": None,
        "region": "pl",
        "stars": 4.3,
        "reward": 2600,
        "consent": None,
        "variant_ids": [],
    }


def test_only_days_whose_events_changed_are_rewritten(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _two_days(stores)
    before = snapshot_history(stores.history, tmp_path, [DAY, NEXT_DAY])
    files = [_day_file(tmp_path, day) for day in (DAY, NEXT_DAY)]
    inodes = [file.stat().st_ino for file in files]
    stores.history.append([an_event(event_id="late", session_id="session-2")])
    after = snapshot_history(stores.history, tmp_path, [DAY, NEXT_DAY])
    assert [before[day] == after[day] for day in (DAY, NEXT_DAY)] == [False, True]
    changed = [file.stat().st_ino != inode for file, inode in zip(files, inodes, strict=True)]
    assert changed == [True, False]
    assert list(tmp_path.rglob("*.unfinished")) == []


def test_the_folder_of_a_day_without_events_is_removed(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _two_days(stores)
    gone = _day_file(tmp_path, DAY - timedelta(days=1))
    gone.parent.mkdir(parents=True)
    gone.touch()
    snapshot_history(stores.history, tmp_path, [NEXT_DAY])
    assert not gone.parent.exists()
    assert _day_file(tmp_path, NEXT_DAY).exists()


def test_what_another_writer_left_in_a_day_is_removed(
    stores: NightlyStores, tmp_path: Path
) -> None:
    _two_days(stores)
    left = _day_file(tmp_path, DAY).with_name("part-0.parquet")
    left.parent.mkdir(parents=True)
    left.touch()
    snapshot_history(stores.history, tmp_path, [DAY])
    assert {path.name for path in left.parent.iterdir()} == {"events.parquet", "_made_of.json"}


def test_a_category_that_only_products_name_is_exported_too(
    stores: NightlyStores, tmp_path: Path
) -> None:
    stores.catalogue.write_categories([Category(category_id=CategoryId("hats"), name="Hats")])
    stores.catalogue.write_products([a_product(category_id="shirts")])
    snapshot_catalogue(stores.catalogue, tmp_path, DAY)
    found = pq.read_table(tmp_path / "categories.parquet").column("category_id").to_pylist()
    assert found == ["hats", "shirts"]


def test_what_is_not_on_sale_is_left_out_and_variants_are_named_with_their_parents(
    stores: NightlyStores, tmp_path: Path
) -> None:
    sold: dict[str, dict[str, Any]] = {
        "sold": {},
        "begins-today": {"available_from": NOON},
        "ends": {"available_until": NOON},
    }
    hidden: dict[str, dict[str, Any]] = {
        "sold-out": {"stock": 0},
        "retired": {"retired_at": NOON},
        "begins-later": {"available_from": NOON + timedelta(days=1)},
        "is-over": {"available_until": NOON - timedelta(days=1)},
        "small": {"group_id": "sold", "size": "S"},
    }
    products = [
        a_product(product_id=ProductId(name), **fields)
        for name, fields in {**sold, **hidden}.items()
    ]
    stores.catalogue.write_products(products)
    snapshot_catalogue(stores.catalogue, tmp_path, DAY)
    found = pq.read_table(tmp_path / "products.parquet").column("product_id").to_pylist()
    assert set(found) == sold.keys()
    groups = pq.read_table(tmp_path / "groups.parquet").to_pylist()
    assert groups == [{"product_id": "small", "group_id": "sold", "size": "S"}]

    view = an_event(product_ids=(ProductId("small"), ProductId("hat")))
    stores.history.append([view])
    snapshot_history(stores.history, tmp_path, [DAY], read_parents(tmp_path))
    [row] = pq.read_table(_day_file(tmp_path, DAY), partitioning=None).to_pylist()
    assert row["product_ids"] == ["sold", "hat"]


def start_night(
    stores: NightlyStores, formulas: Path, run_date: date | None, today: date
) -> NightlyPlan:
    """Take the two steps from the stores to the plan."""
    return plan_night(
        begin_night(stores, today, NightOptions(run_date=run_date)), stores.nightly, formulas
    )


@pytest.fixture
def formulas(tmp_path: Path) -> Path:
    """Return a folder of code that a generation's identity depends on."""
    (tmp_path / "transform.py").write_text("x = 1\n")
    return tmp_path


def test_the_same_input_makes_the_same_generation(stores: NightlyStores, formulas: Path) -> None:
    _two_days(stores)
    first = start_night(stores, formulas, None, date(2030, 1, 1))
    assert first.run_date == NEXT_DAY
    assert first.generation_id.startswith(f"{NEXT_DAY:%Y%m%d}-")
    assert start_night(stores, formulas, None, date(2031, 1, 1)) == first


def test_other_events_products_dates_or_code_make_another_generation(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)

    def start(run_date: date | None = None) -> str:
        return start_night(stores, formulas, run_date, date(2030, 1, 1)).generation_id

    found = [start(), start(DAY)]
    stores.history.append([an_event(event_id="late", session_id="session-2")])
    found.append(start())
    stores.catalogue.write_products([a_product()])
    found.append(start())
    (formulas / "transform.py").write_text("x = 2\n")
    found.append(start())
    assert len(set(found)) == len(found)


def test_events_after_the_run_date_do_not_change_the_generation(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    before = start_night(stores, formulas, DAY, DAY)
    later = NOON + timedelta(days=2)
    stores.history.append([an_event(event_id="later", occurred_at=later)])
    assert start_night(stores, formulas, DAY, DAY).generation_id == before.generation_id


def test_without_a_history_the_night_is_todays(stores: NightlyStores, formulas: Path) -> None:
    with pytest.raises(NothingToCountError, match="let pages send events"):
        start_night(stores, formulas, None, NEXT_DAY)
    stores.catalogue.write_products([a_product(rating=4.0)])
    assert start_night(stores, formulas, None, date(2030, 1, 1)).run_date == date(2030, 1, 1)


def test_a_row_of_2099_moves_no_period_and_is_counted(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    today = NEXT_DAY + timedelta(days=3)
    before = start_night(stores, formulas, None, today)
    wrong = [NOON.replace(year=2099), NOON + timedelta(days=5)]
    stores.history.append([an_event(event_id=f"w{moment}", occurred_at=moment) for moment in wrong])
    after = start_night(stores, formulas, None, today)
    assert after.run_date == before.run_date == NEXT_DAY
    assert after.generation_id == before.generation_id
    assert (before.events_after_today, after.events_after_today) == (0, 2)


def test_a_row_of_long_ago_moves_no_period(stores: NightlyStores, formulas: Path) -> None:
    _two_days(stores)
    before = start_night(stores, formulas, None, NEXT_DAY)
    stores.history.append([an_event(event_id="old", occurred_at=NOON.replace(year=1899))])
    assert start_night(stores, formulas, None, NEXT_DAY) == before


def test_a_scheduled_night_ends_on_the_newest_day_up_to_its_own(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    options = NightOptions(until=DAY)
    request = begin_night(stores, NEXT_DAY, options)
    assert plan_night(request, stores.nightly, formulas).run_date == DAY


def test_a_run_date_after_today_is_refused_with_both_days(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    with pytest.raises(InvalidRunDateError, match=f"{NEXT_DAY} is after today, {DAY}"):
        start_night(stores, formulas, NEXT_DAY, DAY)


def test_a_period_before_the_history_is_refused_with_the_days_that_there_are(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    with pytest.raises(InvalidRunDateError, match=f"from {DAY} to {NEXT_DAY}"):
        start_night(stores, formulas, date(2001, 1, 1), NEXT_DAY)


def test_a_run_date_without_events_of_its_own_takes_the_days_before_it(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    empty = NEXT_DAY + timedelta(days=1)
    plan = start_night(stores, formulas, empty, empty)
    assert plan.run_date == empty


def test_a_new_night_clears_what_an_interrupted_one_left(
    stores: NightlyStores, formulas: Path
) -> None:
    _two_days(stores)
    left = stores.storage.warehouse / "building" / "interrupted" / "tables"
    left.mkdir(parents=True)
    plan = start_night(stores, formulas, None, DAY)
    building = stores.storage.warehouse / "building"
    assert [path.name for path in building.iterdir()] == [plan.generation_id]


@pytest.mark.parametrize(("kept_as", "asked"), [("hashed", PSEUDONYM), ("plain", "")])
def test_a_night_asks_for_users_as_they_are_kept(
    stores: NightlyStores, monkeypatch: pytest.MonkeyPatch, kept_as: str, asked: str
) -> None:
    monkeypatch.setenv("FITTING_ROOM_PRIVACY_USER_IDS", kept_as)
    _two_days(stores)
    request = REQUEST.decode(begin_night(stores, NEXT_DAY, NightOptions()).read_bytes())
    assert request.user_ids == asked
