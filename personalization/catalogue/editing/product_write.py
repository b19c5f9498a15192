"""One write of products, in slices: each is applied whole, then answered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from personalization.audit.recording import Auditor, Change
from personalization.catalogue.editing.group_chains import refuse_chains
from personalization.catalogue.editing.path_names import PathNames
from personalization.catalogue.editing.product_line import ProductLine
from personalization.catalogue.editing.verdicts import LineOutcome, LineVerdict
from personalization.catalogue.editing.wire_product import stored_product
from personalization.catalogue.groups import MOST_VARIANTS, update_parents
from personalization.domain.clock import Clock
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import ProductUpdate, WholeProduct
from personalization.ports.catalogue import Catalogue

LINES_PER_SLICE: Final = 500
"""Some 50 ms: what is lost where a request is cut, and what others wait for in the store."""
_CHANGES: Final = frozenset({LineOutcome.CREATED, LineOutcome.UPDATED, LineOutcome.RETIRED})


class ProductWrite:
    """Applies slices of lines; `end` tells the audit log of all of them.

    Not for several threads at once.
    """

    def __init__(
        self, catalogue: Catalogue, auditor: Auditor, clock: Clock, author: str, action: str
    ) -> None:
        self._catalogue = catalogue
        self._auditor = auditor
        self._clock = clock
        self._author = author
        self._action = action
        self._paths = PathNames(catalogue)
        self._counts: Counter[LineOutcome] = Counter()
        self._digest = sha256()
        self._only: tuple[ProductId, object, object] | None = None
        """What was changed, while it is one product."""
        self._categories: set[CategoryId] = set()
        """Those that are known to be there."""

    def put(self, lines: Sequence[ProductLine]) -> list[LineVerdict]:
        """Replace products; of an id that comes twice the last line counts."""
        former = _Former(self._catalogue, lines)
        self._paths.settle(lines)
        refuse_chains(self._catalogue, lines, is_whole=True)
        self._refuse_large_groups(lines)
        wanted: dict[ProductId, WholeProduct] = {}
        outcomes: dict[int, LineOutcome] = {}
        for line in _sound(lines):
            product_id, whole = _id_of(line), line.whole(_id_of(line))
            before = wanted.get(product_id) or former.whole(product_id)
            wanted[product_id] = whole
            outcomes[line.number] = _outcome(before, whole)
        changed = [whole for key, whole in wanted.items() if former.whole(key) != whole]
        self._write_categories(lines)
        self._catalogue.replace_products(changed)
        self._follow(changed, former)
        return self._verdicts(lines, outcomes)

    def update(self, lines: Sequence[ProductLine]) -> list[LineVerdict]:
        """Change the fields that lines name of products that exist."""
        former = _Former(self._catalogue, lines)
        for line in _sound(lines):
            _hold_to(line, former)
        refuse_chains(self._catalogue, lines, is_whole=False)
        self._refuse_large_groups(lines)
        now: dict[ProductId, WholeProduct] = {}
        updates: list[ProductUpdate] = []
        outcomes: dict[int, LineOutcome] = {}
        for line in _sound(lines):
            update = line.update(_id_of(line))
            before = now.get(update.product_id) or former.present(update.product_id)
            now[update.product_id] = after = _apply(before, update)
            outcomes[line.number] = _outcome(before, after)
            if before != after:
                updates.append(update)
        changed_ids = {update.product_id for update in updates}
        self._catalogue.update_products(updates)
        self._follow([whole for key, whole in now.items() if key in changed_ids], former)
        return self._verdicts(lines, outcomes)

    def retire(self, product_id: ProductId) -> LineVerdict | None:
        """Take a product, and its variants, off all lists; it stays for history.

        None where there is no such product.
        """
        line = ProductLine(1, product_id)
        former = _Former(self._catalogue, [line])
        if product_id not in former.products:
            return None
        variants = self._catalogue.read_variants([product_id]).get(product_id, ())
        now = self._clock.now()
        own = former.products[product_id]
        current = [each for each in (own, *variants) if each.retired_at is None]
        change = {"retired_at": now}
        self._catalogue.update_products(
            [ProductUpdate(product_id=each.product_id, product=change) for each in current]
        )
        details = former.present(product_id).details
        after = [WholeProduct(replace(each, retired_at=now), details) for each in current]
        self._follow([whole for whole in after if whole.product.product_id == product_id], former)
        is_new = any(each.product_id == product_id for each in current)
        outcome = LineOutcome.RETIRED if is_new else LineOutcome.UNCHANGED
        return self._verdicts([line], {1: outcome})[0]

    def end(self) -> None:
        """Tell the audit log what was changed, if anything was."""
        changed = sum(self._counts[outcome] for outcome in _CHANGES)
        if not changed:
            return
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self._counts.items())
        if self._only is not None:
            subject, before, after = self._only
            change = Change(
                author=self._author,
                action=self._action,
                subject=subject,
                before=before,
                after=after,
            )
        else:
            note = f"{counts}; SHA-256 of the ids, a line each: {self._digest.hexdigest()}"
            change = Change(author=self._author, action=self._action, subject="products", note=note)
        self._counts.clear()
        self._auditor.record(change)

    def _refuse_large_groups(self, lines: Sequence[ProductLine]) -> None:
        by_group: dict[ProductId, list[ProductLine]] = {}
        for line in _sound(lines):
            group_id = line.product.get("group_id")
            if group_id is not None:
                by_group.setdefault(group_id, []).append(line)
        if not by_group:
            return
        variants = self._catalogue.read_variants(sorted(by_group))
        for group_id, joining in by_group.items():
            members = {product.product_id for product in variants.get(group_id, ())}
            for line in joining:
                members.add(_id_of(line))
                if len(members) > MOST_VARIANTS:
                    members.discard(_id_of(line))
                    line.refuse(
                        "too_many_variants",
                        f"A product has {MOST_VARIANTS:,} variants at most: split the group.",
                        "group_id",
                    )

    def _write_categories(self, lines: Sequence[ProductLine]) -> None:
        """Make the categories that products are in and nobody has named."""
        wanted: dict[CategoryId, Category] = {}
        for line in _sound(lines):
            for category in line.categories:
                wanted.setdefault(category.category_id, category)
            if not line.categories and line.product["category_id"] not in self._categories:
                category_id = CategoryId(line.product["category_id"])
                path = line.details.get("category_path")
                name = path[-1] if path else category_id
                wanted.setdefault(category_id, Category(category_id=category_id, name=name))
        asked = sorted(wanted.keys() - self._categories)
        known = self._catalogue.read_categories(asked) if asked else {}
        new = [wanted[key] for key in asked if key not in known]
        if new:
            self._catalogue.write_categories(new)
        self._categories.update(asked)

    def _follow(self, changed: Sequence[WholeProduct], former: "_Former") -> None:
        """Make the parents of what was written what their variants say now."""
        ids = [whole.product.product_id for whole in changed]
        groups = {whole.product.group_id for whole in changed}
        groups |= {product.group_id for product in former.of(ids)}
        # Those that are parents themselves follow their variants, too.
        parents = {key for key in groups if key is not None} | {*self._catalogue.read_variants(ids)}
        parents |= {key for key in ids if former.was_made(key)}
        if parents:
            update_parents(self._catalogue, parents, self._clock.now())
        for whole in changed:
            key = whole.product.product_id
            self._digest.update(key.encode() + b"\n")
            before = former.whole(key)
            self._only = (
                (key, before and _wire_form(before), _wire_form(whole))
                if len(changed) == 1 and not any(self._counts[each] for each in _CHANGES)
                else None
            )

    def _verdicts(
        self, lines: Sequence[ProductLine], outcomes: Mapping[int, LineOutcome]
    ) -> list[LineVerdict]:
        verdicts = []
        for line in lines:
            outcome = outcomes.get(line.number, LineOutcome.REJECTED)
            self._counts[outcome] += 1
            verdicts.append(
                LineVerdict(line.number, outcome, line.product_id, line.errors, line.warnings)
            )
        return verdicts


class _Former:
    """What was stored of the products of a slice before it, read at once."""

    def __init__(self, catalogue: Catalogue, lines: Sequence[ProductLine]) -> None:
        ids = list({_id_of(line): None for line in _sound(lines)})
        self.products: Mapping[ProductId, Product] = catalogue.read_products(ids) if ids else {}
        self._details = catalogue.read_details(list(self.products)) if self.products else {}

    def whole(self, product_id: ProductId) -> WholeProduct | None:
        product = self.products.get(product_id)
        if product is None:
            return None
        details = self._details.get(product_id)
        return WholeProduct(product, details or ProductDetails(product_id=product_id))

    def present(self, product_id: ProductId) -> WholeProduct:
        whole = self.whole(product_id)
        if whole is None:
            raise LookupError(product_id)
        return whole

    def of(self, product_ids: Sequence[ProductId]) -> list[Product]:
        return [self.products[key] for key in product_ids if key in self.products]

    def was_made(self, product_id: ProductId) -> bool:
        details = self._details.get(product_id)
        return details is not None and details.made_of_variants


def _hold_to(line: ProductLine, former: _Former) -> None:
    """Refuse changes of what is not there or made of others, and of prices in another currency."""
    product = former.products.get(_id_of(line))
    if product is None:
        line.refuse("unknown_product", "The catalogue has no such product: put it first.", "id")
        return
    if former.was_made(product.product_id):
        detail = "It is made of its variants: change these, or put it as a whole."
        line.refuse("made_of_variants", detail, "id")
    if _is_first_price(line, former.present(product.product_id)):
        detail = "It has no price yet: say which currency this one is in, such as EUR."
        line.refuse("no_currency", detail, "currency")
    in_its_own = "currency" in line.product or product.currency in line.currencies
    if line.currencies and not in_its_own:
        line.refuse(
            "another_currency",
            f"The product's prices are in {product.currency}: name the new currency as well.",
            "currency",
        )


def _is_first_price(line: ProductLine, before: WholeProduct) -> bool:
    """Whether nobody has ever said which currency a price is in."""
    product, cost = before.product, before.details.cost
    known = (product.price, product.list_price, cost)
    given = (line.product.get("price"), line.product.get("list_price"), line.details.get("cost"))
    has_price = any(price is not None for price in given)
    is_said = "currency" in line.product or bool(line.currencies)
    return has_price and not is_said and all(price is None for price in known)


def _apply(before: WholeProduct, update: ProductUpdate) -> WholeProduct:
    product, details = dict(update.product), dict(update.details)
    return WholeProduct(replace(before.product, **product), replace(before.details, **details))  # type: ignore[arg-type]


def _outcome(before: WholeProduct | None, after: WholeProduct) -> LineOutcome:
    if before is None:
        return LineOutcome.CREATED
    return LineOutcome.UNCHANGED if before == after else LineOutcome.UPDATED


def _sound(lines: Sequence[ProductLine]) -> list[ProductLine]:
    return [line for line in lines if line.product_id is not None and not line.errors]


def _id_of(line: ProductLine) -> ProductId:
    if line.product_id is None:
        raise ValueError(f"line {line.number} has no id")
    return line.product_id


def _wire_form(whole: WholeProduct) -> object:
    return stored_product(whole.product, whole.details)
