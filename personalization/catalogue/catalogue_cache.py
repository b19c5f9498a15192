"""Products and categories by id, read through; what the catalogue lacks is asked every time."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from operator import eq
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from personalization.catalogue.change_log import ChangeLog
from personalization.catalogue.known_values import (
    KnownCategories,
    KnownDetails,
    KnownProducts,
    KnownValues,
)
from personalization.catalogue.page_details import PageDetails, page_details
from personalization.catalogue.pinned_catalogue import PinnedCatalogue
from personalization.domain.clock import Clock, SystemClock, Throttle
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.ports.catalogue import Catalogue, CatalogueChanges
from personalization.telemetry.metrics import STORE_FAILURES

CAPACITY: Final = 150_000
"""About 90 MB of products; above it the cache is dropped and fills again."""
DETAILS_CAPACITY: Final = 20_000
"""Products whose cards are read again and again; sizes and colours of a parent take kilobytes."""
FRESH_SECONDS: Final = 300.0
"""How long a product that was taken out of the catalogue may still be accepted."""
_ANY_AGE: Final = float("-inf")

_Id = TypeVar("_Id", bound=str)
_Value = TypeVar("_Value")
_Known = TypeVar("_Known", bound=KnownValues[Any, Any])
_IsSame = Callable[[_Value, _Value], bool]


@dataclass(frozen=True, slots=True)
class CatalogueIds:
    """What the catalogue has of some ids."""

    products: Mapping[ProductId, CategoryId]
    """With the category that counts: of a variant, its parent's."""
    categories: frozenset[CategoryId]
    parents: Mapping[ProductId, ProductId] = field(default_factory=dict)
    """Variant -> its parent, where that is a product of the catalogue too."""


class _Entries(Generic[_Id, _Value, _Known]):
    """Values by id, with the epoch second at which each was read; threads may share them.

    Where a value would change or go, `values` becomes another dictionary: whoever holds the one
    before goes on with what it says.
    """

    def __init__(
        self, nothing: Callable[[], _Known], is_same: _IsSame[_Value], capacity: int | None = None
    ) -> None:
        """Let a value take the place of one that `is_same` for whoever reads it."""
        self._nothing = nothing
        self._capacity = capacity
        self.values = nothing()
        self._is_same = is_same
        self._read_at: dict[_Id, float] = {}
        self._writing = Lock()

    def find(self, ids: Iterable[_Id], since: float = _ANY_AGE) -> dict[_Id, _Value]:
        values, read_at = self.values, self._read_at
        return {
            id_: values[id_] for id_ in ids if id_ in values and read_at.get(id_, _ANY_AGE) >= since
        }

    def known_among(self, ids: AbstractSet[_Id]) -> list[_Id]:
        with self._writing:
            return sorted(ids & self.values.keys())

    def update(
        self,
        asked: Collection[_Id],
        found: Mapping[_Id, _Value],
        now: float,
        is_current: Callable[[], bool] = lambda: True,
    ) -> AbstractSet[_Id]:
        """Take over what the catalogue has of the ids asked for, and forget the others.

        Returns those that were known as another value. What is not current is of no use.
        """
        with self._writing:
            if not is_current():
                return frozenset()
            if len(self.values) > (CAPACITY if self._capacity is None else self._capacity):
                self.values, self._read_at = self._nothing(), {}
            values, is_same = self.values, self._is_same
            others = {
                id_
                for id_ in asked
                if id_ in values and not (id_ in found and is_same(values[id_], found[id_]))
            }
            if others:
                values = values.without(others)
            values.add(found)
            self.values = values
            self._read_at.update(dict.fromkeys(found, now))
        return others


def _is_same_product(known: Product, read: Product) -> bool:
    return known == read or known.differs_only_in_pieces(read)


def _product_entries() -> _Entries[ProductId, Product, KnownProducts]:
    return _Entries(KnownProducts, _is_same_product)


def _category_entries() -> _Entries[CategoryId, Category, KnownCategories]:
    return _Entries(KnownCategories, eq)


def _details_entries() -> _Entries[ProductId, PageDetails, KnownDetails]:
    return _Entries(KnownDetails, eq, DETAILS_CAPACITY)


class CatalogueCache:
    """One answer to "is this product known?", for ranking, validation and redrive.

    Only what exists is remembered, so a product imported a moment ago is known at once. The
    ranking takes an entry of any age; validation asks again after `FRESH_SECONDS`, which
    refreshes the entry for the ranking too. Every `look_seconds` some call asks the catalogue
    first which products were written, and reads again those that are remembered.
    """

    def __init__(
        self, catalogue: Catalogue, clock: Clock | None = None, look_seconds: float | None = None
    ) -> None:
        """Without `look_seconds` it never looks, but by `refresh`."""
        self._catalogue = catalogue
        self._clock = clock or SystemClock()
        self.look_seconds = look_seconds
        self._look = None if look_seconds is None else Throttle(look_seconds)
        self._looking = Lock()
        self._position: str | None = None
        self._told = 0
        """How often changes were told: what was read meanwhile may be of before them."""
        self._log = ChangeLog()
        self._may_hide = True
        self._products = _product_entries()
        self._categories = _category_entries()
        self._details = _details_entries()

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist, in the order of the ids."""
        self._look_for_changes()
        known: Mapping[ProductId, Product] = self._products.values
        missing = [product_id for product_id in product_ids if product_id not in known]
        if missing:
            known = {**_those_of(known, product_ids), **self._read_products(missing)}
        return _those_of(known, product_ids)

    def category_name(self, category_id: CategoryId) -> str:
        self._look_for_changes()
        ids = (category_id,)
        category = (self._categories.find(ids) or self._read_categories(ids)).get(category_id)
        return category.name if category else category_id

    def page_details(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, PageDetails]:
        """Return what cards say of products that exist; none while the catalogue is away."""
        self._look_for_changes()
        known = self._details.values
        missing = [product_id for product_id in product_ids if product_id not in known]
        if not missing:
            return known
        try:
            read = self._read_details(missing)
        except StoreUnavailableError:
            STORE_FAILURES.labels("catalogue").inc()
            return known
        return {**_those_of(known, product_ids), **read}

    def pin(self) -> PinnedCatalogue:
        """Return what one decision and its profile read."""
        self._look_for_changes()
        return PinnedCatalogue(self, self._products.values, self._categories.values)

    @property
    def may_hide(self) -> bool:
        """Without ever having looked, True."""
        return self._may_hide

    @property
    def known_products(self) -> KnownProducts:
        return self._products.values

    @property
    def version(self) -> int:
        """Changes with what was remembered of any product or category; never waits."""
        return self._log.version

    def changed_since(self, version: int) -> AbstractSet[ProductId] | None:
        """Return the products that have become others since, None where that may be any."""
        return self._log.changed_since(version)

    def refresh(self) -> None:
        """Look for changes now (blocks); while the catalogue is away, all stays as it is."""
        with self._looking:
            try:
                self._take_over(self._catalogue.changes_since(self._position))
            except StoreUnavailableError:
                STORE_FAILURES.labels("catalogue").inc()

    def _look_for_changes(self) -> None:
        if self._look is not None and self._look.due():
            self.refresh()

    def _take_over(self, told: CatalogueChanges) -> None:
        """Read again what was written, as far as it is remembered."""
        remembers = bool(self._products.values or self._categories.values)
        if told.product_ids is None:
            self._told += 1
            self.forget()
        elif told.product_ids or told.category_ids:
            self._told += 1
            self._read_again(told.product_ids, told.category_ids)
        if remembers and (told.product_ids is None or self._may_hide != told.may_hide):
            self._log.note_all()
        self._may_hide = told.may_hide
        # Not before all of it was read: what failed is told again.
        self._position = told.position

    def _read_again(
        self, product_ids: AbstractSet[ProductId], category_ids: AbstractSet[CategoryId]
    ) -> None:
        products = self._products.known_among(product_ids)
        if products:
            found = self._catalogue.read_products(products)
            self._log.note(self._products.update(products, found, self._now()))
        detailed = self._details.known_among(product_ids)
        if detailed:
            self._read_details(detailed)
        categories = self._categories.known_among(category_ids)
        if categories:
            named = self._catalogue.read_categories(categories)
            if self._categories.update(categories, named, self._now()):
                self._log.note_all()

    def forget(self) -> None:
        self._products, self._categories = _product_entries(), _category_entries()
        self._details = _details_entries()

    def recall(
        self, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> CatalogueIds:
        """Return what is remembered of these ids and still fresh, without asking."""
        since = self._now() - FRESH_SECONDS
        found = self._products.find(products, since)
        parents = self._products.find(_groups_of(found), since)
        # Whether a parent that is not remembered exists, only the catalogue can say.
        whole = {
            product_id: product
            for product_id, product in found.items()
            if product.group_id is None or product.group_id in parents
        }
        return _known_ids(whole, parents, self._categories.find(categories, since))

    def read_ids(
        self, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> CatalogueIds:
        """Return what the catalogue has of these ids, asking for what is not fresh (blocks).

        While it does not answer, older answers do if they cover everything; otherwise raises
        `StoreUnavailableError`.
        """
        self._look_for_changes()
        fresh = self.recall(products, categories)
        try:
            found = self._read_products(sorted(products - fresh.products.keys()))
            parents = self._read_products(_groups_of(found))
            named = self._read_categories(sorted(categories - fresh.categories))
            new = _known_ids(found, parents, named)
        except StoreUnavailableError:
            STORE_FAILURES.labels("catalogue").inc()
            before = self._products.find(products)
            parents = self._products.find(_groups_of(before))
            old = _known_ids(before, parents, self._categories.find(categories))
            if products - old.products.keys() or categories - old.categories:
                raise
            return old
        return CatalogueIds(
            {**fresh.products, **new.products},
            fresh.categories | new.categories,
            {**fresh.parents, **new.parents},
        )

    def _read_products(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        if not ids:
            return {}
        told = self._told
        found = self._catalogue.read_products(ids)
        self._log.note(self._products.update(ids, found, self._now(), lambda: told == self._told))
        return found

    def _read_details(self, ids: Sequence[ProductId]) -> Mapping[ProductId, PageDetails]:
        told = self._told
        said = self._catalogue.read_details(ids)
        found = {product_id: page_details(said.get(product_id)) for product_id in ids}
        self._details.update(ids, found, self._now(), lambda: told == self._told)
        return found

    def _read_categories(self, ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        if not ids:
            return {}
        told = self._told
        found = self._catalogue.read_categories(ids)
        self._categories.update(ids, found, self._now(), lambda: told == self._told)
        return found

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _those_of(
    known: Mapping[ProductId, _Value], product_ids: Sequence[ProductId]
) -> dict[ProductId, _Value]:
    return {product_id: known[product_id] for product_id in product_ids if product_id in known}


def _groups_of(products: Mapping[ProductId, Product]) -> list[ProductId]:
    groups = [product.group_id for product in products.values() if product.group_id is not None]
    return list(dict.fromkeys(groups))


def _known_ids(
    products: Mapping[ProductId, Product],
    parents: Mapping[ProductId, Product],
    categories: Mapping[CategoryId, Category],
) -> CatalogueIds:
    category_of: dict[ProductId, CategoryId] = {}
    parent_of: dict[ProductId, ProductId] = {}
    for product_id, product in products.items():
        parent = product if product.group_id is None else parents.get(product.group_id, product)
        category_of[product_id] = parent.category_id
        if parent is not product:
            parent_of[product_id] = parent.product_id
    return CatalogueIds(category_of, frozenset(categories), parent_of)
