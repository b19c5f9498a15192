"""A shop that decides, and what is kept of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from evaluation.wiring import policy_of
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.decisions.decision_maker import RankingConfig
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import (
    BundleId,
    EventId,
    GenerationId,
    ProductId,
    Region,
    SessionId,
    UserId,
)
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.merchandising.current_rules import FixedRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.neighbours.erasures import NOTHING_ERASED, Erasures
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.builder import ProfileSizes
from personalization.replay.decision_replay import (
    DecisionReplay,
    ReplayStores,
)
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import (
    SHIRTS,
    SKIRTS,
    SmallShop,
)

SESSION = SessionId("session-1")
NEXT = GenerationId("generation-2")
RULES = RuleBook(
    (
        a_rule(RuleKind.PIN, "skirt-3", position=2),
        a_rule(RuleKind.BOOST, "skirt-2", amount=0.4, regions=(Region("cz"),)),
        a_rule(RuleKind.EXCLUDE, "shirt-1", placements=("home",)),
        a_rule(RuleKind.OUT_OF_STOCK, "shirt-2"),
    )
)


@dataclass
class Past:
    """A shop that decides, and the history of what it decided upon."""

    shop: SmallShop
    history: SqliteEventHistory
    erasures: Erasures = NOTHING_ERASED

    def replay(self) -> DecisionReplay:
        """Return what makes its decisions again, with settings that none of them has."""
        stores = ReplayStores(
            history=self.history,
            priors=self.shop.priors,
            catalogue=self.shop.catalogue,
            policy_of=lambda version: policy_of(self.shop.models, version),
            rules_of=lambda version: FixedRules(RULES if version else RuleBook(), version),
            erasures=self.erasures,
        )
        odd = Placement(size=1, policy=PolicySpec.of(EPSILON_GREEDY.name, epsilon=1.0))
        plan = RankingConfig(placements=(odd,), tuning=Tuning(decay=0.5))
        return DecisionReplay(stores, plan, ProfileSizes(life=timedelta(hours=1)))

    def live(
        self, events: Sequence[Event], *, batch: int = 1, by_pieces: bool = True
    ) -> list[DecisionRecord]:
        """Count the events live, decide after every so many, and keep all of it.

        Former releases did not count by pieces.
        """
        session = replace(Session.start(events[0]), by_pieces=by_pieces)
        records = []
        for number, event in enumerate(events, 1):
            products = self.shop.catalogue.products(event.product_ids)
            session, _ = take(session, event, products)
            if number % batch == 0:
                session = replace(session, profile_version=session.profile_version + 3)
                records.append(self.shop.maker.make(session, event.received_at))
        # Kept in no order at all, and read back from bytes.
        self.history.append(random.Random(3).sample(list(events), len(events)))
        return [decode_record(encode_record(record)) for record in records]


def visit(seed: int, length: int) -> list[Event]:
    """Return a visit in which everything happens, late and out of order as well."""
    chance = random.Random(seed)
    kinds = [*EventType, *[EventType.PRODUCT_VIEW] * 4]
    received_at, events = NOON, []
    for number in range(length):
        kind = chance.choice(kinds) if number else EventType.PRODUCT_VIEW
        received_at += timedelta(microseconds=chance.choice([1, 700, 30_000_000]))
        count = {EventType.CHECKOUT: 2, EventType.IMPRESSION: 3, EventType.CATEGORY_VIEW: 0}
        products = chance.sample((*SHIRTS, *SKIRTS), count.get(kind, 1))
        late = timedelta(minutes=chance.choice([0, 0, 0, 5, 59, 90]))
        events.append(
            an_event(
                event_id=EventId(f"event-{chance.getrandbits(40)}"),
                type=kind,
                occurred_at=received_at - late,
                received_at=received_at,
                product_ids=tuple(map(ProductId, products)),
                category_id="skirts" if kind is EventType.CATEGORY_VIEW else None,
                region=chance.choice([None, Region("cz"), Region("pl")]),
                device=chance.choice(list(Device)),
                user_id=chance.choice([None, UserId("user-1")]),
                bundle_id=BundleId("shirt-1+skirt-1") if kind is EventType.CHECKOUT else None,
                thumb=chance.choice([1, -1]) if kind is EventType.FEEDBACK else None,
                rating=chance.choice([None, 1.5, 5]) if kind is EventType.FEEDBACK else None,
                duration_ms=chance.choice([100, 30_000, 90_000]) if kind.is_attention else None,
            )
        )
    return events
