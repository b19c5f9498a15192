"""Draws records of all kinds: any session, any tuning, any adjustments, any draws and pins."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from hypothesis import strategies as st

from personalization.domain.action_table import ActionTable
from personalization.domain.decision import Action, Adjustment, Decision
from personalization.domain.draw import Draw, Kernel
from personalization.domain.event import Event, EventType, PastAct
from personalization.domain.identifiers import BundleId, CategoryId, EventId, ProductId, Region
from personalization.domain.session import Session
from personalization.domain.tuning import CATEGORY_PRIOR_WEIGHTS, PRODUCT_PRIOR_WEIGHTS, Tuning
from personalization.policies.draws import draw_slate
from personalization.ports.decision_history import DecisionRecord
from personalization.ranking.adjustments import adjust
from personalization.sessions.counting import products_in, take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import SHIRTS, SKIRTS, SmallShop

PLACES = {"home": 3, "aside": 2}
"""More slots than some action sets have left."""
_PRODUCTS = st.sampled_from(list(map(ProductId, (*SHIRTS, *SKIRTS))))
_SHARES = st.floats(0, 1)


@st.composite
def any_record(draw: st.DrawFn, shop: SmallShop) -> DecisionRecord:
    """Return a decision of the shop, moved and drawn by chance, with its profile."""
    session = _session(draw, shop)
    decision = shop.decider.with_tuning(_tuning(draw)).decide(session, NOON)
    decision = _move(draw, decision)
    pinned = shop.decider.pin(NOON, session.region)
    return shop.maker.record_of(_draw(draw, decision), session, pinned)


def _session(draw: st.DrawFn, shop: SmallShop) -> Session:
    region = draw(st.sampled_from((None, Region("cz"))))
    session = replace(Session.start(an_event()), region=region)
    for number in range(draw(st.integers(0, 25))):
        event = _event(draw, number)
        session, _ = take(session, event, shop.catalogue.products(products_in([event])))
    return session


def _event(draw: st.DrawFn, number: int) -> Event:
    kind = draw(st.sampled_from(EventType))
    event = an_event(
        event_id=EventId(f"event-{number}"),
        type=kind,
        occurred_at=NOON - timedelta(seconds=draw(st.integers(0, 60))),
        product_ids=(draw(_PRODUCTS),),
        region=None,
    )
    match kind:
        case EventType.CATEGORY_VIEW:
            category = draw(st.sampled_from(("shirts", "skirts")))
            return replace(event, product_ids=(), category_id=CategoryId(category))
        case EventType.LOGIN:
            act = PastAct(draw(_PRODUCTS), EventType.PRODUCT_VIEW, NOON - timedelta(days=2), 1.0)
            return replace(event, product_ids=(), past=(act,))
        case EventType.CHECKOUT:
            bundle = draw(st.sampled_from((None, BundleId("shirt-1+skirt-1"))))
            bought = draw(st.lists(_PRODUCTS, min_size=1, max_size=3, unique=True))
            return replace(event, product_ids=tuple(bought), bundle_id=bundle)
        case EventType.FEEDBACK if draw(st.booleans()):
            return replace(event, rating=draw(st.sampled_from((1.0, 2.5, 3.0, 5.0))))
        case EventType.FEEDBACK:
            return replace(event, thumb=draw(st.sampled_from((-1, 1))))
        case _:
            return event


def _tuning(draw: st.DrawFn) -> Tuning:
    some = st.floats(0.01, 1)
    return Tuning(
        decay=draw(st.floats(0.5, 1)),
        time_halflife_seconds=draw(st.sampled_from((0.0, 30.0))),
        evidence_halfway=draw(st.floats(0.1, 10)),
        product_weights={name: draw(some) for name in PRODUCT_PRIOR_WEIGHTS},
        category_weights={name: draw(some) for name in CATEGORY_PRIOR_WEIGHTS},
        boost_new=draw(_SHARES),
        boost_rated=draw(_SHARES),
        boost_viewed=draw(_SHARES),
        diversity=draw(_SHARES),
    )


def _move(draw: st.DrawFn, decision: Decision) -> Decision:
    """Return the decision with rules, and with with boosts."""
    names = st.lists(st.sampled_from(("rule:spring", "rule:stock", "boost:new")), unique=True)
    amounts = st.dictionaries(_PRODUCTS, st.floats(-1, 1))
    adjustments = [Adjustment(name, draw(amounts)) for name in draw(names)]
    actions, frame = adjust(cast("ActionTable", decision.actions), decision.frame, adjustments)
    # Decided now, and read of former records.
    forms = (cast("tuple[Action, ...]", actions), tuple(actions))
    return replace(decision, actions=draw(st.sampled_from(forms)), frame=frame)


def _draw(draw: st.DrawFn, decision: Decision) -> Decision:
    count = len(decision.actions)
    ballots = st.lists(st.permutations(range(count)).map(lambda order: tuple(order[:3])))
    draws = tuple(
        Draw(
            placement=placement,
            policy=draw(st.sampled_from(("epsilon-greedy:epsilon=0.2", "rated", "another"))),
            policy_version=draw(st.sampled_from(("cold", "7"))),
            size=size,
            epsilon=draw(_SHARES),
            kernel=draw(st.sampled_from(Kernel)),
            inverse_temperature=draw(st.floats(0, 50)),
            gamma=draw(st.floats(0, 50)),
            ballots=tuple(draw(ballots)),
        )
        for placement, size in PLACES.items()
    )
    places = [(placement, slot) for placement, size in PLACES.items() for slot in range(size)]
    pins = draw(
        st.dictionaries(
            st.sampled_from(places),
            st.sampled_from([action.product_id for action in decision.actions]),
            max_size=3,
        ).filter(lambda pins: len(set(pins.values())) == len(pins))
    )
    seed = draw(st.integers(0, 2**32))
    slate = draw_slate(decision.actions, draws, seed, pins)
    return replace(decision, slate=slate, draws=draws, seed=seed)
