from dataclasses import replace
from datetime import datetime
from hashlib import blake2s
from typing import Protocol

from api.profiles.profile_cache import PROFILE_STAMP, CachedProfile, cached_profile
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock
from personalization.domain.identifiers import Region
from personalization.merchandising.current_rules import CurrentRules, RulesState
from personalization.merchandising.visible_lists import VisibleLists
from personalization.plans.current_plan import NO_VERSION
from personalization.ports.profile_store import StoredProfile
from personalization.profiles.redaction import (
    with_offers_of_now,
    with_products_of_now,
    without_hidden,
)
from personalization.profiles.shown_products import are_current

_DIGEST_BYTES = 4


class VisibleListsOf(Protocol):
    """Says what may be shown at a moment in a region."""

    def __call__(self, now: datetime, region: Region | None) -> VisibleLists: ...


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
    ) -> None:
        self._catalogue = catalogue
        self._visible_lists = visible_lists
        self._rules = rules
        self._clock = clock

    @property
    def rules_state(self) -> RulesState:
        """Changes when other rules hold; never waits."""
        version = NO_VERSION if self._catalogue is None else self._catalogue.version
        return self._rules.state(self._clock.now(), version)

    def redact(self, stored: StoredProfile, withheld: str = "") -> CachedProfile:
        """Return a profile as it may be shown (blocking); `withheld` marks what was out before."""
        state = self.rules_state
        stamp = PROFILE_STAMP.decode(stored.body)
        profile = cached_profile(stored, stamp, state)
        if withheld:
            profile = replace(profile, slate=None)
        visible_lists = self._visible_lists(self._clock.now(), profile.region)
        body, gone = profile.body, frozenset[str]()
        bundles = stamp.bundled_discount_suggestions
        # Mostly they are, and then the rest of the profile need not be read.
        if not all(bundle.is_current(visible_lists) for bundle in bundles):
            body, gone = with_offers_of_now(body, visible_lists)
        if visible_lists.hides_anything:
            among, categories = visible_lists.hidden_among, visible_lists.hidden_categories
            body, hidden = without_hidden(body, among, categories)
            gone |= hidden
        if self._catalogue is not None and self._catalogue.version != NO_VERSION:
            shown = stamp.score_data.products
            if not are_current(shown, self._catalogue):
                body, repriced = with_products_of_now(body, self._catalogue)
                gone |= repriced
        if gone:
            named = "\n".join((withheld, *sorted(gone))).encode()
            withheld = blake2s(named, digest_size=_DIGEST_BYTES).hexdigest()
        if not withheld:
            return profile
        return profile.with_redaction(body, withheld)
