from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.audit.recording import Auditor
from personalization.catalogue.editing.category_editor import CategoryEditor, circle_of
from personalization.catalogue.editing.verdicts import LineVerdict
from personalization.domain.identifiers import CategoryId
from tests.builders.access.audit_book import AuditBook
from tests.builders.product import a_product

AUTHOR = "key:k1"


class Categories:
    def __init__(self, folder: Path) -> None:
        self.catalogue = SqliteCatalogue(folder / "catalogue.sqlite")
        self.book = AuditBook()
        self.editor = CategoryEditor(self.catalogue, Auditor(self.book))

    def put(self, *items: object) -> list[LineVerdict]:
        return self.editor.put(items, AUTHOR)

    @property
    def parents(self) -> dict[str, str | None]:
        return {each.category_id: each.parent_id for each in self.catalogue.all_categories()}


@pytest.fixture
def categories(tmp_path: Path) -> Iterator[Categories]:
    opened = Categories(tmp_path)
    with closing(opened.catalogue):
        yield opened


def item(category_id: str, parent_id: str | None = None) -> dict[str, Any]:
    return {"id": category_id, "name": category_id.capitalize(), "parent_id": parent_id}


def outcomes(verdicts: list[LineVerdict]) -> list[str]:
    return [
        verdict.errors[0].code if verdict.errors else verdict.verdict.value for verdict in verdicts
    ]


def test_parents_may_come_after_their_children(categories: Categories) -> None:
    assert outcomes(categories.put(item("shirts", "men"), item("men"))) == ["created", "created"]
    assert outcomes(categories.put(item("shirts", "men"), item("men"))) == ["unchanged"] * 2
    assert categories.parents == {"shirts": "men", "men": None}
    assert len(categories.book.entries) == 2


def test_no_category_is_above_itself(categories: Categories) -> None:
    categories.put(item("a"), item("b", "a"))
    assert outcomes(categories.put(item("a", "b"), item("c", "c"), item("d"))) == [
        "own_parent",
        "own_parent",
        "created",
    ]
    assert outcomes(categories.put(item("x", "y"), item("y", "x"))) == ["own_parent"] * 2
    assert categories.parents == {"a": None, "b": "a", "d": None}


def test_what_is_below_a_refused_category_is_refused(categories: Categories) -> None:
    assert outcomes(categories.put(item("b", "a"), item("a", "nowhere"))) == ["unknown_parent"] * 2
    assert categories.parents == {}


def test_what_is_no_category_gets_a_verdict(categories: Categories) -> None:
    verdicts = categories.put(7, {"id": "a"}, {"name": "A"}, {"id": "b", "name": "\x00"}, {})
    assert outcomes(verdicts) == ["not_an_object", "no_name", "no_id", "no_name", "no_id"]
    (verdict,) = categories.put({**item("a"), "colour": 1})
    assert [fault.field for fault in verdict.warnings] == ["colour"]


def test_a_change_keeps_what_it_does_not_name(categories: Categories) -> None:
    categories.put(item("men"), item("shirts", "men"))
    assert categories.editor.patch(CategoryId("no"), {"name": "x"}, AUTHOR) is None
    verdict = categories.editor.patch(CategoryId("shirts"), {"name": "Tops"}, AUTHOR)
    assert verdict is not None
    assert verdict.verdict == "updated"
    assert categories.parents["shirts"] == "men"
    categories.editor.patch(CategoryId("shirts"), {"parent_id": None}, AUTHOR)
    assert categories.parents["shirts"] is None


def test_a_category_goes_once_nothing_is_in_it(categories: Categories) -> None:
    categories.put(item("men"), item("shirts", "men"))
    categories.catalogue.write_products([a_product()])
    fault = categories.editor.delete(CategoryId("men"), AUTHOR)
    assert fault is not None
    assert fault.code == "has_children"
    fault = categories.editor.delete(CategoryId("shirts"), AUTHOR)
    assert fault is not None
    assert fault.code == "has_products"
    categories.catalogue.write_products([a_product(category_id=CategoryId("men"))])
    assert categories.editor.delete(CategoryId("shirts"), AUTHOR) is None
    assert list(categories.parents) == ["men"]
    assert categories.book.entries[-1].action == "categories.delete"


def test_a_circle_is_walked_once() -> None:
    a, b, c = map(CategoryId, "abc")
    assert circle_of(c, {a: b, b: a, c: b}) == (c, b, a, b)
    assert circle_of(c, {c: b, b: None}) == ()
