"""From a shop's stores to the page, and the notebook over the tables that it leaves."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from nightly.report import NothingToReportError, make_report
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.shops.analysts_shop import CATEGORIES, PRODUCTS
from tests.builders.shops.warehouse_shop import EVENTS, RECORDS
from tests.integration.command_line import run_over

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
NOTEBOOKS = sorted((Path(__file__).parents[3] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture
def shop(tmp_path: Path) -> CoreSettings:
    settings = CoreSettings.of_home(tmp_path / "home")
    with open_kept(settings) as kept:
        kept.catalogue.write_categories(CATEGORIES)
        kept.catalogue.write_products(PRODUCTS)
        kept.history.append(EVENTS)
        kept.decisions.append(RECORDS)
    return settings


def run_cells(notebook: Path) -> dict[str, Any]:
    """Run the code of a notebook as its kernel would, and return its names."""
    known: dict[str, Any] = {}
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), known)  # noqa: S102 (the repository's own notebook)
    return known


def test_a_shops_days_become_a_page_and_tables_that_notebooks_read(
    spark: SparkSession, shop: CoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spark is SparkSession.getActiveSession()
    out = tmp_path / "out" / "report.html"

    run_over(shop, "report", "--home", str(shop.storage.home), "--out", str(out))

    page = out.read_text("utf-8")
    assert "2025-05-04 to 2025-06-02, whole days in UTC." in page
    assert "<td>saw a recommendation</td><td>2</td>" in page
    assert "<td>home</td>" in page
    assert "No generation of priors is active" in page

    monkeypatch.setenv("FITTING_ROOM_TABLES", str(shop.storage.tables))
    [notebook] = NOTEBOOKS
    known = run_cells(notebook)
    assert date(2025, 6, 2) in {row["date"] for row in known["days"].collect()}
    # As in docs/analysts.md: slots 0 and 1 were seen twice, slot 2 once.
    assert [row["seen"] for row in known["slots"].collect()] == [2, 2, 1]
    assert known["seen"].first()["impressions"] == 5


def test_without_a_history_there_is_a_sentence_and_no_page(tmp_path: Path) -> None:
    storage = StorageSettings(home=tmp_path / "home")
    with pytest.raises(NothingToReportError, match="There is no whole day of events"):
        make_report(storage, 30, date(2025, 6, 3), print)
