"""The commands of "Your catalogue", run as the page has them."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.commands.import_ import import_command
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.domain.event import EventType
from personalization.domain.product import Product
from personalization.settings.storage import StorageSettings

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "catalogue.md").read_text()
COMMANDS = [
    shlex.split(line)[2:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("fitting-room import docs/examples/")
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every command of the page, in its order, on one home."""
    home = tmp_path_factory.mktemp("home")
    app = typer.Typer()
    app.command("import")(import_command)
    for file, *options in COMMANDS:
        command = [str(ROOT / file), *options, "--home", str(home), "--author", "test"]
        outcome = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
        assert outcome.exit_code == 0, (file, outcome.output)
    return home


@pytest.fixture(scope="module")
def products(home: Path) -> dict[str, Product]:
    catalogue = SqliteCatalogue(StorageSettings(home=home).catalogue_file, 0)
    found = {product.product_id: product for some in catalogue.all_products() for product in some}
    catalogue.close()
    return {str(product_id): product for product_id, product in found.items()}


def test_every_example_is_imported_by_the_page() -> None:
    used = {Path(file).name for file, *_ in COMMANDS}
    assert used == {path.name for path in (ROOT / "docs" / "examples").iterdir()}


def test_the_catalogue_is_what_the_page_says(products: dict[str, Product]) -> None:
    assert products["dress-1"].price == 59.9
    assert products["scarf-3"].retired_at is not None
    assert (products["shirt"].title, products["shirt"].stock) == ("Oxford shirt blue", 4)
    assert "belt-2" not in products, "a dry run"
    assert (products["boot-40"].price, products["boot"].category_id) == (96.0, "shoes.boots")
    assert products["TEE-W-M"].group_id == "tee"
    assert (products["mug"].price, products["mug"].currency) == (9.0, "USD")
    assert products["HOOD-M"].group_id == "HOOD"
    assert products["lace-1"].currency == "EUR"


def test_the_history_is_what_the_page_says(home: Path) -> None:
    history = SqliteEventHistory(StorageSettings(home=home).history_file, 0)
    events = [event for day in history.days() for some in history.read_day(day) for event in some]
    history.close()
    assert [event.type for event in events].count(EventType.CHECKOUT) == 1
    [checkout] = [event for event in events if event.type is EventType.CHECKOUT]
    assert (checkout.product_ids, checkout.quantities) == (("dress-1", "cap-7"), (1, 2))
    assert (checkout.order_id, checkout.currency) == ("10023", "EUR")
