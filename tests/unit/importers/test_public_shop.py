"""Fetching the public shop never takes longer than it may."""

import threading
from pathlib import Path
from time import monotonic

from importers.options import ImportOptions
from importers.public_shop import FILE_NAME, fetched_within
from importers.run import import_dataset
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.conftest import Shop
from tests.unit.importers.eshop_file import eshop_file
from tests.unit.importers.silent_progress import SilentProgress


def writes_a_file(target: Path) -> None:
    """Behave like a download that works."""
    target.write_text("year\n2008\n")


def hangs(target: Path) -> None:
    """Behave like a server that never answers in full."""
    target.write_text("ye")
    threading.Event().wait()


def is_refused(_target: Path) -> None:
    """Behave like a machine without a network."""
    raise ConnectionError("no way out")


def dies(_target: Path) -> None:
    """Behave like a process that is ended from outside."""
    raise SystemExit(3)


def test_a_download_that_works_leaves_the_file(tmp_path: Path) -> None:
    target = tmp_path / "downloads" / "shop.csv"
    assert fetched_within(60, writes_a_file, target) is None
    assert target.read_text() == "year\n2008\n"


def test_a_download_that_hangs_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    target = tmp_path / "shop.csv"
    started = monotonic()
    assert fetched_within(1.0, hangs, target) == "no answer within 1 s"
    assert monotonic() - started < 15
    assert not target.exists()


def test_a_download_that_fails_tells_why(tmp_path: Path) -> None:
    refusal = fetched_within(60, is_refused, tmp_path / "shop.csv")
    assert refusal == "ConnectionError: no way out"


def test_a_download_that_dies_is_noticed(tmp_path: Path) -> None:
    refusal = fetched_within(60, dies, tmp_path / "shop.csv")
    assert refusal == "the download ended without a word"


def test_without_a_file_and_without_an_answer_a_shop_is_generated_and_says_so(
    shop: Shop,
) -> None:
    options = ImportOptions(storage=shop.storage, clock=SettableClock(), download_seconds=0.0)
    report = import_dataset(None, shop.stores, options, SilentProgress())
    assert report.generated
    assert report.dataset == "generated"
    assert "this shop is generated" in report.notes[0]
    assert report.held_back_sessions == 150
    assert len(shop.held_out()) == report.held_back_events


def test_a_public_shop_that_was_fetched_before_is_not_fetched_again(shop: Shop) -> None:
    downloads = shop.storage.home / "downloads"
    downloads.mkdir()
    eshop_file(downloads / FILE_NAME, days=2)
    options = ImportOptions(storage=shop.storage, download_seconds=0.0)
    report = import_dataset(None, shop.stores, options, SilentProgress())
    assert (report.dataset, report.generated) == ("eshop2008", False)
