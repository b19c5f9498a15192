"""Products that a feed of the whole catalogue no longer has."""

from pathlib import Path

import pytest

from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import ProductId
from tests.unit.importers.conftest import Shop

HEADER = "id,articleType,baseColour,productDisplayName"


def feed(folder: Path, *ids: str) -> Path:
    rows = [f"{number},Shirts,Blue,Shirt {number}" for number in ids]
    (folder / "styles.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    return folder / "styles.csv"


def retired_ids(shop: Shop) -> set[str]:
    return {
        product_id
        for product_id, product in shop.products().items()
        if product.retired_at is not None
    }


def test_a_product_that_vanished_is_retired_and_counted_and_comes_back(
    shop: Shop, tmp_path: Path
) -> None:
    assert shop.import_files(feed(tmp_path, "1", "2", "3"), full=True).retired == 0
    report = shop.import_files(feed(tmp_path, "1", "2"), full=True)
    assert (report.retired, retired_ids(shop)) == (1, {"3"})
    assert shop.products()["3"].title == "Shirt 3"  # type: ignore[index] # an id
    assert shop.import_files(feed(tmp_path, "1", "2"), full=True).retired == 0
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    assert retired_ids(shop) == set()


def test_a_row_that_is_rejected_does_not_retire_its_product(shop: Shop, tmp_path: Path) -> None:
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    file = feed(tmp_path, "1", "2")
    with file.open("a") as more:
        more.write("3,Shirts,Blue,\n")
    report = shop.import_files(file, full=True)
    assert (report.rows_rejected, report.retired, retired_ids(shop)) == (1, 0, set())


@pytest.mark.parametrize("row", ["2.05301E+18,Shirts,Blue,Shirt", '3,"Shirts,Blue', ",,,Total"])
def test_a_row_that_may_be_any_product_retires_none(shop: Shop, tmp_path: Path, row: str) -> None:
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    file = feed(tmp_path, "1", "2")
    file.write_text(f"{file.read_text()}{row}\n")
    report = shop.import_files(file, full=True)
    assert (report.retired, report.retirement_refused, retired_ids(shop)) == (0, 1, set())
    assert any("1 rejected rows may be theirs" in note for note in report.notes)


def test_without_being_told_that_a_file_is_whole_nothing_is_retired(
    shop: Shop, tmp_path: Path
) -> None:
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    shop.import_files(feed(tmp_path, "1", "2"))
    assert retired_ids(shop) == set()
    with pytest.raises(ImportRejectedError, match="only in part"):
        shop.import_files(feed(tmp_path, "1", "2"), limit=1, full=True)


def test_a_feed_that_shrinks_by_half_is_stopped_before_anything_is_written(
    shop: Shop, tmp_path: Path
) -> None:
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    file = feed(tmp_path, "1")
    file.write_text(file.read_text().replace("Shirt 1", "Other"))
    with pytest.raises(ImportRejectedError, match=r"2 of the 3 products.*--force-shrink"):
        shop.import_files(file, full=True)
    assert retired_ids(shop) == set()
    assert shop.products()[ProductId("1")].title == "Shirt 1"
    shop.import_files(file, full=True, retire_all=True)
    assert retired_ids(shop) == {"2", "3"}
    assert shop.products()[ProductId("1")].title == "Other"


def test_running_processes_are_told_of_what_an_import_writes(shop: Shop, tmp_path: Path) -> None:
    before = shop.stores.catalogue.changes_since(None)
    shop.import_files(feed(tmp_path, "1", "2", "3"))
    told = shop.stores.catalogue.changes_since(before.position)
    assert (told.product_ids, told.may_hide) == ({"1", "2", "3"}, False)
    shop.import_files(feed(tmp_path, "1", "2"), full=True)
    retired = shop.stores.catalogue.changes_since(told.position)
    assert retired.product_ids is not None
    assert "3" in retired.product_ids
    assert retired.may_hide


@pytest.mark.parametrize("price", ["2.5", ""])
def test_a_product_that_moves_category_is_in_the_new_one_which_is_known(
    shop: Shop, tmp_path: Path, price: str
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        "2024-12-03 09:10:00 UTC,view,1,20,old,acme,2.5,1,s1\n"
        f"2024-12-03 09:11:00 UTC,view,1,21,new,acme,{price},1,s1\n"
    )
    shop.import_files(file)
    [product] = shop.products().values()
    assert (product.category_id, product.price) == ("new", 2.5)
    assert {category.category_id for category in shop.stores.catalogue.all_categories()} == {
        "old",
        "new",
    }
