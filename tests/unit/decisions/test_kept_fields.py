"""No field of a decision or its profile is forgotten by its record, also one that is new."""

from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest

from personalization.codec.json_codec import DECISION
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.decisions.packed_record import PACKED
from personalization.domain.asked import Asked, Strategy
from personalization.domain.context import CategoryAffinity, Context
from personalization.domain.decision import (
    CategoryScore,
    Decision,
    Evidence,
    Exposure,
    Frame,
    PriorTerm,
    Shadow,
    Slot,
)
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, EventId, GenerationId, ProductId, Region
from personalization.domain.profile import (
    BundleSuggestion,
    Profile,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
)
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop

OPTIONAL: dict[type, set[str]] = {
    Decision: {
        "draws", "tuning", "last_event_id", "rules_version", "exposures", "shadows",
        "erased_version", "asked", "by_pieces",
    },
    Evidence: {"freshness", "category_id", "category_name"},
    Frame: {"decay", "adjustments"},
    Slot: {"placement", "pinned"},
    Profile: {"rules_version", "region", "personalized"},
    BundleSuggestion: {"offer"},
    PriorTerm: set(),
    CategoryScore: set(),
    Context: {"tastes"},
    ScoredCategory: set(),
    ScoredProduct: set(),
    TrendingProduct: set(),
}  # fmt: skip
"""Of what is written field by field, those that could be forgotten without an error."""


ASKED = Asked(
    nonce="a1",
    strategy=Strategy.SIMILAR,
    fell_back_from=Strategy.BUY_AGAIN,
    anchors=(ProductId("shirt-1"),),
    anchor_title="A shirt",
    category_id=CategoryId("shirts"),
    market=Region("de"),
    words="linen",
    filter="{}",
    term_shares=(("list:similar", 0.5),),
)


@pytest.mark.parametrize("kind", OPTIONAL)
def test_optional_fields_are_written_too(kind: type) -> None:
    """Whoever adds one adds it to `packed_decision` or `packed_profile`, too."""
    optional = {
        field.name
        for field in fields(kind)
        if field.default is not MISSING or field.default_factory is not MISSING
    }

    assert optional == OPTIONAL[kind]


def test_all_of_them_come_back(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    session = Session.start(an_event())
    record = shop.maker.make(session, NOON)
    piece = Evidence(
        event_id=EventId("event"),
        type=EventType.DWELL,
        subject="gone",
        label="A product that is gone",
        reward=0.25,
        age=3,
        freshness=0.7,
        category_id=CategoryId("gone"),
        category_name="Gone",
    )
    changed = replace(
        record.decision,
        actions=tuple(record.decision.actions),
        evidence=(piece,),
        context=replace(
            record.decision.context, tastes=(CategoryAffinity(CategoryId("shirts"), 0.75),)
        ),
        tuning=Tuning(mantissa_bits=9, diversity=0.25),
        last_event_id=EventId("last"),
        rules_version=7,
        exposures=(Exposure(experiment="new", arm="control"),),
        shadows=(
            Shadow(
                policy="another",
                policy_version="7",
                product_ids=(ProductId("gone"),),
                probabilities=(0.125,),
            ),
        ),
        erased_version=12,
        asked=ASKED,
        by_pieces=True,
        generation_id=GenerationId("another"),
    )
    profile = replace(record.profile, rules_version=7, generation_id=GenerationId("another"))
    record = type(record)(changed, profile)

    body = encode_record(record)

    assert body.startswith(PACKED)
    assert DECISION.encode(decode_record(body).decision) == DECISION.encode(changed)
    assert decode_record(body) == record
