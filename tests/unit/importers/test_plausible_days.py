"""Rows of days on which nothing can have happened are refused, and move no boundary."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from importers.options import Holdout
from tests.unit.importers import test_online_retail as invoices
from tests.unit.importers import test_rees46 as visits
from tests.unit.importers.conftest import Shop

WRONG = {"2099-01-01": "after today", "tomorrow": "after today", "1970-01-01": "long ago"}


@pytest.mark.parametrize(("day", "reason"), WRONG.items())
def test_an_event_of_a_day_that_cannot_be_is_rejected_with_its_reason(
    shop: Shop, tmp_path: Path, day: str, reason: str
) -> None:
    if day == "tomorrow":
        # Looked up here: a run that collects its tests before midnight has another one after it.
        day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    rows = [
        visits.row(time=f"2019-10-{number:02} 10:00:00", session=f"s{number}")
        for number in range(1, 21)
    ]
    wrong = visits.row(time=f"{day} 10:00:00", session="wrong")
    file = visits.write(tmp_path / "2019-Oct.csv", *rows, wrong)
    report = shop.import_files(file, holdout=Holdout(days=2))
    assert {name: kind.count for name, kind in report.rejected.items()} == {reason: 1}
    assert day in report.rejected[reason].examples[0].detail
    # The last two days of those that can be are held out.
    assert report.held_back_from == datetime(2019, 10, 19, tzinfo=UTC)
    assert {event.occurred_at.year for event in shop.events()} == {2019}


def test_a_line_of_an_invoice_is_rejected_where_it_stands(shop: Shop, tmp_path: Path) -> None:
    lines = [invoices.line(), invoices.line(invoice="536366", day="2099-12-01 08:26:00")]
    file = invoices.write(tmp_path / "Online Retail.csv", *lines)
    report = shop.import_files(file)
    assert report.rejected["after today"].examples[0].row == 3
    assert [event.occurred_at.year for event in shop.events()] == [2010]
