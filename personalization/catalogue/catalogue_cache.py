"""Products and categories by id, read through; what the catalogue lacks is asked every time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, Protocol, TypeVar

from personalization.catalogue.catalogue_changes import CatalogueChanges
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.plans.current_plan import NO_VERSION
from personalization.ports.catalogue import Catalogue
from personalization.telemetry.metrics import STORE_FAILURES


class ReadsProducts(Protocol):
    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist, in the order of the ids."""

    def category_name(self, category_id: CategoryId) -> str:
        """Return the category's name, or its id where the catalogue has no name."""


class KnowsRetired(ReadsProducts, Protocol):
    @property
    def has_retired(self) -> bool:
        """Whether some product may be retired."""

    @property
    def known_products(self) -> Mapping[ProductId, Product]:
        """What was read: another object once any product has become another.

        What was made of products holds so long.
        """


CAPACITY: Final = 150_000
"""About 90 MB of products; above it the cache is dropped and fills again."""
FRESH_SECONDS: Final = 300.0
"""How long a product that was taken out of the catalogue may still be accepted."""
_ANY_AGE: Final = float("-inf")

_Id = TypeVar("_Id", bound=str)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class CatalogueIds:
    """What the catalogue has of some ids: products with their category, and categories."""

    products: Mapping[ProductId, CategoryId]
    categories: frozenset[CategoryId]


class _Entries(Generic[_Id, _Value]):
    """Values by id, with the epoch second at which each was read; threads may share them.

    Where a value would change or go, `values` becomes another dictionary: whoever holds the one
    before goes on with what it says.
    """

    def __init__(self) -> None:
        self.values: dict[_Id, _Value] = {}
        self._read_at: dict[_Id, float] = {}
        self._writing = Lock()

    def find(self, ids: Iterable[_Id], since: float = _ANY_AGE) -> dict[_Id, _Value]:
        values, read_at = self.values, self._read_at
        return {
            id_: values[id_] for id_ in ids if id_ in values and read_at.get(id_, _ANY_AGE) >= since
        }

    def update(self, asked: Collection[_Id], found: Mapping[_Id, _Value], now: float) -> None:
        """Take over what the catalogue has of the ids asked for, and forget the others."""
        with self._writing:
            if len(self.values) > CAPACITY:
                self.values, self._read_at = {}, {}
            values = self.values
            others = {id_ for id_ in asked if id_ in values and values[id_] != found.get(id_)}
            if others:
                values = values.copy()
                for id_ in others:
                    del values[id_]
            values.update(found)
            self.values = values
            self._read_at.update(dict.fromkeys(found, now))


class CatalogueCache:
    """One answer to "is this product known?", for ranking, validation and redrive.

    Only what exists is remembered, so a product imported a moment ago is known at once. The
    ranking takes an entry of any age; validation asks again after `FRESH_SECONDS`, which
    refreshes the entry for the ranking too. All entries go once `changes` tells of an import.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock | None = None,
        changes: CatalogueChanges | None = None,
    ) -> None:
        self._changes = changes
        self._version = NO_VERSION
        self._catalogue = catalogue
        self._clock = clock or SystemClock()
        self._products: _Entries[ProductId, Product] = _Entries()
        self._categories: _Entries[CategoryId, Category] = _Entries()

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist, in the order of the ids."""
        self._follow_changes()
        known: Mapping[ProductId, Product] = self._products.values
        missing = [product_id for product_id in product_ids if product_id not in known]
        if missing:
            known = {**_those_of(known, product_ids), **self._read_products(missing)}
        return _those_of(known, product_ids)

    def category_name(self, category_id: CategoryId) -> str:
        self._follow_changes()
        ids = (category_id,)
        category = (self._categories.find(ids) or self._read_categories(ids)).get(category_id)
        return category.name if category else category_id

    def pin(self) -> "PinnedCatalogue":
        """Return what one decision and its profile read."""
        self._follow_changes()
        return PinnedCatalogue(self, self._products.values, self._categories.values)

    @property
    def has_retired(self) -> bool:
        return self._changes is not None and self._changes.last_read.document.has_retired

    @property
    def known_products(self) -> Mapping[ProductId, Product]:
        return self._products.values

    @property
    def version(self) -> int:
        """Changes with every import, as far as this process knows; never waits."""
        return NO_VERSION if self._changes is None else self._changes.last_read.version

    def refresh(self) -> None:
        """Look for an import now, and read the catalogue again after one (blocks)."""
        if self._changes is not None:
            self._changes.refresh()
            self._follow_changes()

    def _follow_changes(self) -> None:
        """Forget what was read before the last import."""
        if self._changes is None:
            return
        version = self._changes.read().version
        if version != self._version:
            self._version = version
            self.forget()

    def forget(self) -> None:
        self._products, self._categories = _Entries(), _Entries()

    def recall(
        self, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> CatalogueIds:
        """Return what is remembered of these ids and still fresh, without asking."""
        since = self._now() - FRESH_SECONDS
        return _known_ids(
            self._products.find(products, since), self._categories.find(categories, since)
        )

    def read_ids(
        self, products: AbstractSet[ProductId], categories: AbstractSet[CategoryId]
    ) -> CatalogueIds:
        """Return what the catalogue has of these ids, asking for what is not fresh (blocks).

        While it does not answer, older answers do if they cover everything; otherwise raises
        `StoreUnavailableError`.
        """
        self._follow_changes()
        fresh = self.recall(products, categories)
        try:
            new = _known_ids(
                self._read_products(sorted(products - fresh.products.keys())),
                self._read_categories(sorted(categories - fresh.categories)),
            )
        except StoreUnavailableError:
            STORE_FAILURES.labels("catalogue").inc()
            old = _known_ids(self._products.find(products), self._categories.find(categories))
            if products - old.products.keys() or categories - old.categories:
                raise
            return old
        return CatalogueIds({**fresh.products, **new.products}, fresh.categories | new.categories)

    def _read_products(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        if not ids:
            return {}
        found = self._catalogue.read_products(ids)
        self._products.update(ids, found, self._now())
        return found

    def _read_categories(self, ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        if not ids:
            return {}
        found = self._catalogue.read_categories(ids)
        self._categories.update(ids, found, self._now())
        return found

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _those_of(
    known: Mapping[ProductId, Product], product_ids: Sequence[ProductId]
) -> dict[ProductId, Product]:
    return {product_id: known[product_id] for product_id in product_ids if product_id in known}


def _known_ids(
    products: Mapping[ProductId, Product], categories: Mapping[CategoryId, Category]
) -> CatalogueIds:
    category_of = {product_id: product.category_id for product_id, product in products.items()}
    return CatalogueIds(category_of, frozenset(categories))


class PinnedCatalogue:
    """Goes on with what it has read, also that a product is missing."""

    def __init__(
        self,
        catalogue: CatalogueCache,
        products: dict[ProductId, Product],
        categories: dict[CategoryId, Category],
    ) -> None:
        """Take what is known of products and categories: it may grow, nothing in it changes."""
        self._catalogue = catalogue
        self.known_products: Mapping[ProductId, Product] = products
        self._products = products
        self._missing: set[ProductId] = set()
        self._categories = categories
        self._names: dict[CategoryId, str] = {}
        """Those that are not among the categories."""
        self.has_retired = catalogue.has_retired

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        known, missing = self._products, self._missing
        if not missing:
            for product_id in product_ids:
                if product_id not in known:
                    break
            else:
                return {product_id: known[product_id] for product_id in product_ids}
        return self._read(product_ids)

    def _read(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        known, missing = self._products, self._missing
        unread = [name for name in product_ids if name not in known and name not in missing]
        if unread:
            found = self._catalogue.products(unread)
            missing.update(name for name in unread if name not in found)
            # The cache may hold others by now, and another decision may have read the same.
            for name, product in found.items():
                known.setdefault(name, product)
        # Another decision may have found meanwhile what this one has missed.
        return {name: known[name] for name in product_ids if name in known and name not in missing}

    def category_name(self, category_id: CategoryId) -> str:
        if category_id in self._names:
            return self._names[category_id]
        if category_id in self._categories:
            return self._categories[category_id].name
        name = self._names[category_id] = self._catalogue.category_name(category_id)
        return name

    def category_names(self, category_ids: Sequence[CategoryId]) -> list[str]:
        """Return the names of categories, in their order."""
        own, known = self._names, self._categories
        if not own:
            for category_id in category_ids:
                if category_id not in known:
                    break
            else:
                return [known[category_id].name for category_id in category_ids]
        return list(map(self.category_name, category_ids))
