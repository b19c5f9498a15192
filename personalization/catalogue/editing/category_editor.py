"""Categories as the shop writes them: none is above itself, and none goes while it is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from personalization.audit.recording import Auditor, Change
from personalization.catalogue.editing.values import read_id, read_name
from personalization.catalogue.editing.verdicts import (
    FieldFault,
    FieldFaultError,
    LineOutcome,
    LineVerdict,
    quote,
)
from personalization.domain.errors import SupersededError
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category
from personalization.domain.product_changes import ProductQuery
from personalization.ports.catalogue import Catalogue

MOST_CATEGORIES: Final = 50_000
"""Of a shop."""
_FIELDS: Final = frozenset({"id", "name", "parent_id"})
Parents = Mapping[CategoryId, CategoryId | None]


class CatalogueCategory(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A category as calls send and return it."""

    id: str | int
    """At most 128 visible characters."""
    name: str
    parent_id: str | int | None = None
    """The category above; null is at the root."""


class CategoryChanges(msgspec.Struct, kw_only=True):
    """Fields of a category that change; null puts it at the root."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    parent_id: str | int | msgspec.UnsetType | None = msgspec.UNSET


class CategoryEditor:
    def __init__(self, catalogue: Catalogue, auditor: Auditor) -> None:
        self._catalogue = catalogue
        self._auditor = auditor

    def put(self, items: Sequence[object], author: str) -> list[LineVerdict]:
        """Write categories; those above them may stand in the same call, in any order."""
        known = {category.category_id: category for category in self._catalogue.all_categories()}
        verdicts = [LineVerdict(place, LineOutcome.REJECTED) for place in range(1, len(items) + 1)]
        wanted: dict[CategoryId, Category] = {}
        places: dict[CategoryId, list[LineVerdict]] = {}
        for item, verdict in zip(items, verdicts, strict=True):
            category = _read(item, verdict)
            if category is not None:
                wanted[category.category_id] = category
                places.setdefault(category.category_id, []).append(verdict)
        for key, fault in self._faults(wanted, known).items():
            del wanted[key]
            for verdict in places.pop(key):
                verdict.errors.append(fault)
        changed = [category for key, category in wanted.items() if known.get(key) != category]
        self._write(changed, known)
        for key, category in wanted.items():
            for verdict in places[key]:
                verdict.verdict = _outcome(known.get(key), category)
        self._record(changed, known, author)
        return verdicts

    def patch(
        self, category_id: CategoryId, item: Mapping[str, object], author: str
    ) -> LineVerdict | None:
        """Change what is named; None where there is no such category."""
        own = self._catalogue.read_categories([category_id]).get(category_id)
        if own is None:
            return None
        whole = {"id": own.category_id, "name": own.name, "parent_id": own.parent_id, **item}
        (verdict,) = self.put([whole], author)
        return verdict

    def delete(self, category_id: CategoryId, author: str) -> FieldFault | None:
        """Delete a category that is there; return why it cannot go, where it is in use."""
        categories = {each.category_id: each for each in self._catalogue.all_categories()}
        if any(each.parent_id == category_id for each in categories.values()):
            return FieldFault("has_children", "Move or delete the categories below it first.")
        query = ProductQuery(category_id=category_id, is_retired=False, limit=1)
        page = self._catalogue.list_products(query)
        while not page.products and page.next is not None:
            page = self._catalogue.list_products(replace(query, after=page.next))
        if page.products:
            return FieldFault("has_products", "Move or retire the products in it first.")
        self._catalogue.delete_categories([category_id])
        before = _wire_form(categories[category_id])
        self._auditor.record(
            Change(author=author, action="categories.delete", subject=category_id, before=before)
        )
        return None

    def _faults(
        self, wanted: Mapping[CategoryId, Category], known: Mapping[CategoryId, Category]
    ) -> dict[CategoryId, FieldFault]:
        """Return what is wrong with categories; those below what is refused are refused, too."""
        faults: dict[CategoryId, FieldFault] = {}
        left = dict(wanted)
        while new := _new_faults(left, known):
            faults |= new
            left = {key: category for key, category in left.items() if key not in new}
        return faults

    def _write(self, changed: Sequence[Category], known: Mapping[CategoryId, Category]) -> None:
        """Write the categories, and take them back where another writer has closed a circle."""
        if not changed:
            return
        self._catalogue.write_categories(changed)
        parents = {each.category_id: each.parent_id for each in self._catalogue.all_categories()}
        circled = [each for each in changed if circle_of(each.category_id, parents)]
        if circled:
            self._catalogue.write_categories(
                [
                    known.get(each.category_id)
                    or Category(category_id=each.category_id, name=each.name)
                    for each in circled
                ]
            )
            raise SupersededError(
                "Another writer has moved the same categories meanwhile: read them, and try again."
            )

    def _record(
        self, changed: Sequence[Category], known: Mapping[CategoryId, Category], author: str
    ) -> None:
        self._auditor.record(
            *(
                Change(
                    author=author,
                    action="categories.put",
                    subject=category.category_id,
                    before=_wire_form(known.get(category.category_id)),
                    after=_wire_form(category),
                )
                for category in changed
            )
        )


def circle_of(category_id: CategoryId, parents: Parents) -> Sequence[CategoryId]:
    """Return the way from a category up to one on it; nothing where it ends at a root."""
    way = [category_id]
    seen = {category_id}
    above = parents.get(category_id)
    while above is not None and above not in seen:
        way.append(above)
        seen.add(above)
        above = parents.get(above)
    return () if above is None else (*way, above)


def _new_faults(
    wanted: Mapping[CategoryId, Category], known: Mapping[CategoryId, Category]
) -> dict[CategoryId, FieldFault]:
    parents: dict[CategoryId, CategoryId | None] = {
        category.category_id: category.parent_id for category in (*known.values(), *wanted.values())
    }
    room = MOST_CATEGORIES - len(known)
    new = [key for key in wanted if key not in known]
    faults = {
        key: FieldFault("too_many_categories", f"A shop has {MOST_CATEGORIES:,} at most.")
        for key in new[max(room, 0) :]
    }
    for key, category in wanted.items():
        above = category.parent_id
        if above is not None and above not in parents:
            detail = f"There is no category {quote(above)}: send it in the same call, or before."
            faults[key] = FieldFault("unknown_parent", detail, "parent_id")
        elif above is not None and (way := circle_of(key, parents)):
            detail = f"It would be above itself ({' > '.join(way[:10])}): set another parent."
            faults[key] = FieldFault("own_parent", detail, "parent_id")
    return faults


def _read(item: object, verdict: LineVerdict) -> Category | None:
    if not isinstance(item, dict):
        detail = f"Write the category as a JSON object, not {quote(item)}."
        verdict.errors.append(FieldFault("not_an_object", detail))
        return None
    values: dict[str, str | None] = {}
    for name, read in (("id", read_id), ("name", read_name), ("parent_id", read_id)):
        given = item.get(name)
        try:
            values[name] = None if given is None else read(given)
        except FieldFaultError as error:
            verdict.errors.append(FieldFault(error.code, error.detail, name))
    verdict.id = values.get("id")
    for name in ("id", "name"):
        if name in values and values[name] is None:
            verdict.errors.append(
                FieldFault(f"no_{name}", f"Give every category a `{name}`.", name)
            )
    for name in sorted(item.keys() - _FIELDS)[:10]:
        shown = quote(name)[1:-1]
        verdict.warnings.append(
            FieldFault("unknown_field", "There is no such field: it was passed over.", shown)
        )
    if verdict.errors:
        return None
    parent = values["parent_id"]
    return Category(
        category_id=CategoryId(str(values["id"])),
        name=str(values["name"]),
        parent_id=None if parent is None else CategoryId(parent),
    )


def _outcome(before: Category | None, after: Category) -> LineOutcome:
    if before is None:
        return LineOutcome.CREATED
    return LineOutcome.UNCHANGED if before == after else LineOutcome.UPDATED


def _wire_form(category: Category | None) -> CatalogueCategory | None:
    if category is None:
        return None
    return CatalogueCategory(
        id=category.category_id, name=category.name, parent_id=category.parent_id
    )
