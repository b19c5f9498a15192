"""Whether an order bought a suggested bundle whole: a browser's word is no proof.

A bundle's purchase is worth more than any other. So the decision that the order names is read, as
it was kept before its profile was served, and the order has to hold every product of that bundle.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from api.http.blocking_calls import BlockingCalls
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, ProductId
from personalization.domain.profile import BundleSuggestion
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.telemetry.metrics import STORE_FAILURES

MOST_DECISIONS: Final = 8
"""Of a batch: a page's bag seldom has bundles of two."""


@dataclass(frozen=True, slots=True)
class BundleCheck:
    decisions: DecisionHistory
    catalogue: CatalogueCache
    blocking: BlockingCalls

    async def find_false(
        self, events: Sequence[Event], unwritten: Sequence[DecisionRecord]
    ) -> set[int]:
        """Return the places of the events that claim a bundle and did not buy it.

        `unwritten` are decisions that are kept together with the events. What cannot be read is no
        proof, so that nobody gains by it.
        """
        claims = [place for place, event in enumerate(events) if claims_bundle(event)]
        if not claims:
            return set()
        ask = partial(self._find_false, [events[place] for place in claims], unwritten)
        return {claims[number] for number in await self.blocking.run(ask)}

    def _find_false(
        self, events: Sequence[Event], unwritten: Sequence[DecisionRecord]
    ) -> Sequence[int]:
        records = {record.decision.decision_id: record for record in unwritten}
        try:
            suggested = self._read_bundles(events, records)
            parents = self._parents(events)
        except StoreUnavailableError:
            STORE_FAILURES.labels("bundle_check").inc()
            return range(len(events))
        return [
            number
            for number, event in enumerate(events)
            if event.decision_id is None
            or not is_bought_whole(event, suggested.get(event.decision_id, ()), parents)
        ]

    def _read_bundles(
        self, events: Sequence[Event], records: Mapping[DecisionId, DecisionRecord]
    ) -> Mapping[DecisionId, Sequence[BundleSuggestion]]:
        found: dict[DecisionId, Sequence[BundleSuggestion]] = {}
        named = {event.decision_id: event.session_id for event in events if event.decision_id}
        for decision_id, session_id in list(named.items())[:MOST_DECISIONS]:
            record = records.get(decision_id)
            if record is None:
                record = self.decisions.read_of_session(session_id, decision_id)
            if record is not None and record.decision.session_id == session_id:
                found[decision_id] = record.profile.bundled_discount_suggestions
        return found

    def _parents(self, events: Sequence[Event]) -> Mapping[ProductId, ProductId]:
        """Return variant -> the product that it is shown as."""
        ids = list(dict.fromkeys(name for event in events for name in event.product_ids))
        products = self.catalogue.products(ids)
        return {name: product.group_id for name, product in products.items() if product.group_id}


def claims_bundle(event: Event) -> bool:
    return event.type is EventType.CHECKOUT and event.bundle_id is not None


def is_bought_whole(
    event: Event,
    suggested: Sequence[BundleSuggestion],
    parents: Mapping[ProductId, ProductId],
) -> bool:
    """Say whether an order holds every product of the bundle that it names, or a variant of it."""
    bundle = next((bundle for bundle in suggested if bundle.bundle_id == event.bundle_id), None)
    if bundle is None:
        return False
    bought: Counter[ProductId] = Counter()
    quantities = event.quantities or (1,) * len(event.product_ids)
    for product_id, quantity in zip(event.product_ids, quantities, strict=True):
        bought[parents.get(product_id, product_id)] += quantity
    return Counter(bundle.product_ids) <= bought
