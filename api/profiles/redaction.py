from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2s
from typing import Final, Protocol

from api.profiles.profile_cache import (
    PROFILE_STAMP,
    CachedProfile,
    ProfileStamp,
    cached_profile,
)
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.change_log import NO_CHANGE
from personalization.domain.clock import LAST_MOMENT, Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId, Region
from personalization.domain.privacy.small_counts import NONE_OF_FEW, SmallCounts
from personalization.domain.product import Product
from personalization.merchandising.current_rules import CurrentRules, RulesState
from personalization.merchandising.in_force import RulesInForce
from personalization.merchandising.visible_lists import VisibleLists
from personalization.ports.profile_store import StoredProfile
from personalization.profiles.published_counts import published_bytes
from personalization.profiles.redaction import (
    with_offers_of_now,
    with_products_of_now,
    without_hidden,
)
from personalization.profiles.shown_products import (
    ShownBundle,
    ShownProduct,
    ShownTrend,
    are_current,
    tells_of_few,
)

_DIGEST_BYTES = 4
MOST_SEEN: Final = 10_000
"""Products, and bundles under the same rules: a few megabytes."""
MOST_RULES: Final = 8
"""That hold side by side, each in some regions, or held before."""


class VisibleListsOf(Protocol):
    """Says what may be shown at a moment in a region."""

    def __call__(self, now: datetime, region: Region | None) -> VisibleLists: ...


@dataclass(frozen=True, slots=True)
class _SeenCurrent:
    """What was found to be as the shop has it: the same products are in thousands of profiles.

    It holds while no product that the catalogue knows is another one, and a bundle's rules hold.
    """

    catalogue: Mapping[ProductId, Product]
    products: set[ShownProduct] = field(default_factory=set)
    bundles_by_rules: dict[RulesInForce, set[ShownBundle]] = field(default_factory=dict)


class ProfileRedaction:
    """A rule that hides a product takes it out of profiles that were made before.

    A profile lives for two days, and what has sold out must not be offered for so long, nor a
    saving that the shop no longer gives, nor a price of before the last import. Where none of
    that can be, a profile is not looked into.
    """

    def __init__(
        self,
        visible_lists: VisibleListsOf,
        rules: CurrentRules,
        clock: Clock,
        catalogue: CatalogueCache | None = None,
        counts: SmallCounts = NONE_OF_FEW,
    ) -> None:
        self._catalogue = catalogue
        self._visible_lists = visible_lists
        self._rules = rules
        self._clock = clock
        self._counts = counts
        self._seen = _SeenCurrent({})
        self._of_enough: set[ShownTrend | str] = set()
        """Trends, and reasons of bundles, that tell of enough people: the same in most profiles."""
        self._changed_until = NO_CHANGE
        self._changed_since: dict[int, frozenset[int] | None] = {}
        """Version of the catalogue -> hashes of the products that changed from it to the newest."""

    @property
    def rules_state(self) -> RulesState:
        """Changes when other rules hold; never waits."""
        version = NO_CHANGE if self._catalogue is None else self._catalogue.version
        return self._rules.state(self._clock.now(), version)

    def holds(self, profile: CachedProfile) -> bool:
        """Return whether nothing has changed of what a profile shows; never waits."""
        before, now = profile.rules_state, self.rules_state
        if before == now:
            return True
        if before._replace(catalogue=now.catalogue) != now or self._catalogue is None:
            return False
        if self._changed_until != now.catalogue:
            self._changed_until, self._changed_since = now.catalogue, {}
        if before.catalogue not in self._changed_since:
            changed = self._catalogue.changed_since(before.catalogue)
            hashes = None if changed is None else frozenset(map(hash, changed))
            self._changed_since[before.catalogue] = hashes
        hashes = self._changed_since[before.catalogue]
        return hashes is not None and not profile.shows_any(hashes)

    def redact(self, stored: StoredProfile, withheld: str = "") -> CachedProfile:
        """Return a profile as it may be shown (blocking); `withheld` marks what was out before."""
        state = self.rules_state
        stamp = PROFILE_STAMP.decode(stored.body)
        profile = cached_profile(stored, stamp, state)
        if withheld:
            profile = replace(profile, slate=None)
        visible_lists = self._visible_lists(self._clock.now(), profile.region)
        body, gone = self._with_small_counts(profile.body, stamp)
        # Mostly they are, and then the rest of the profile need not be read.
        if not self._has_offers_of_now(
            stamp.bundled_discount_suggestions, visible_lists, profile.region
        ):
            body, changed = with_offers_of_now(body, visible_lists)
            gone |= changed
        if visible_lists.hides_anything:
            shown = _ShownNow(visible_lists, stamp)
            body, hidden = shown.without_hidden(body)
            profile = replace(profile, shown_until=shown.until)
            gone |= hidden
        catalogue = self._catalogue
        if catalogue is not None and not self._has_products_of_now(
            stamp.score_data.products, catalogue
        ):
            body, repriced = with_products_of_now(body, catalogue)
            gone |= repriced
        if gone:
            named = "\n".join((withheld, *sorted(gone))).encode()
            withheld = blake2s(named, digest_size=_DIGEST_BYTES).hexdigest()
        if not withheld:
            return profile
        return profile.with_redaction(body, withheld)

    def _with_small_counts(self, body: bytes, stamp: ProfileStamp) -> tuple[bytes, frozenset[str]]:
        """Return the bytes as they may be published: of another setting, or kept with all."""
        trends = stamp.trending_recommendations
        reasons = [bundle.reason for bundle in stamp.bundled_discount_suggestions]
        seen = self._of_enough
        if self._counts.tells_all or (seen.issuperset(trends) and seen.issuperset(reasons)):
            return body, frozenset()
        if not tells_of_few(reasons, trends, self._counts):
            if len(seen) > MOST_SEEN:
                # Most are of generations that are over.
                seen.clear()
            seen.update(trends, reasons)
            return body, frozenset()
        return published_bytes(body, self._counts), frozenset([str(self._counts)])

    def _has_offers_of_now(
        self, bundles: Sequence[ShownBundle], visible_lists: VisibleLists, region: Region | None
    ) -> bool:
        if not bundles:
            return True
        if self._catalogue is None:
            return _all_current(bundles, visible_lists)
        rules = self._rules.at(self._clock.now(), region).rules
        seen = self._seen_in(self._catalogue).bundles_by_rules.setdefault(rules, set())
        if seen.issuperset(bundles):
            return True
        if not _all_current(bundles, visible_lists):
            return False
        if len(seen) < MOST_SEEN:
            seen.update(bundles)
        return True

    def _has_products_of_now(
        self, shown: Sequence[ShownProduct], catalogue: CatalogueCache
    ) -> bool:
        seen = self._seen_in(catalogue)
        if seen.products.issuperset(shown):
            return True
        if not are_current(shown, catalogue):
            return False
        # Of one that the catalogue lacks nothing was compared.
        if len(seen.products) < MOST_SEEN and all(
            product.product_id in seen.catalogue for product in shown
        ):
            seen.products.update(shown)
        return True

    def _seen_in(self, catalogue: CatalogueCache) -> _SeenCurrent:
        seen, products = self._seen, catalogue.known_products
        if seen.catalogue is not products or len(seen.bundles_by_rules) > MOST_RULES:
            seen = self._seen = _SeenCurrent(products)
        return seen


@dataclass(slots=True)
class _ShownNow:
    """What of a profile's products may be shown now, and until when."""

    visible_lists: VisibleLists
    stamp: ProfileStamp
    until: datetime = LAST_MOMENT

    def without_hidden(self, body: bytes) -> tuple[bytes, frozenset[str]]:
        """Return the bytes and what had to leave; the rest is only read where something may."""
        product_ids = self.stamp.product_ids()
        hidden = self._among(product_ids)
        categories = self.visible_lists.hidden_categories
        # Of a former release the stamp may not name all.
        if hidden or categories or self.stamp.slate is None:
            return without_hidden(body, self._among, categories)
        return body, frozenset()

    def _among(self, product_ids: Sequence[str]) -> set[str]:
        lists = self.visible_lists
        try:
            hidden, self.until = lists.hidden_for_now(product_ids)
        except StoreUnavailableError:
            # Better a page of before than none while the catalogue does not answer.
            return lists.hidden_by_name(product_ids)
        return hidden


def _all_current(bundles: Sequence[ShownBundle], visible_lists: VisibleLists) -> bool:
    return all(bundle.is_current(visible_lists) for bundle in bundles)
