"""From the settings of placements to the slots that a page is served."""

from pathlib import Path

import pytest

from personalization.decisions.decision_maker import RankingConfig
from personalization.domain.errors import InvalidPolicyError
from personalization.domain.session import Session
from personalization.policies.placement import parse_placements
from personalization.profiles.builder import ProfileBuilder
from personalization.settings.learning import LearningSettings
from personalization.settings.ranking import RankingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_ranking
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.shops.small_shop import a_small_shop


def settings(home: Path, placements: str, models: str) -> CoreSettings:
    return CoreSettings(
        storage=StorageSettings(home=home),
        ranking=RankingSettings(placements=placements),
        learning=LearningSettings(models=models),
    )


def test_settings_name_the_placements_and_their_policies(tmp_path: Path) -> None:
    asked = settings(tmp_path, "home=4 linucb; aside=2 softmax", "base,linear")
    with open_kept(asked) as kept:
        placements = open_ranking(kept, asked).decider.config.placements

    assert [
        (placement.name, placement.size, str(placement.policy.kind)) for placement in placements
    ] == [
        ("home", 4, "linucb"),
        ("aside", 2, "softmax"),
    ]


def test_a_shop_whose_policy_asks_what_is_not_learned_does_not_start(tmp_path: Path) -> None:
    asked = settings(tmp_path, "home=4 linucb", "base")

    with open_kept(asked) as kept, pytest.raises(InvalidPolicyError, match=r"'home'.*linear"):
        open_ranking(kept, asked)


def test_each_served_slot_says_its_placement(tmp_path: Path) -> None:
    shop = a_small_shop(tmp_path)
    plan = RankingConfig(placements=parse_placements("home=2 popularity; aside=1 softmax"))
    maker = ProfileBuilder(shop.decider.variant(plan))

    record = maker.make(Session.start(an_event()), NOON)

    slots = [(slot.placement, slot.slot) for slot in record.profile.slate]
    assert slots == [("home", 0), ("home", 1), ("aside", 0)]
    assert [draw.placement for draw in record.decision.draws] == ["home", "aside"]
    for slot in record.decision.slate:
        given = record.decision.distribution_at(slot)
        remaining = record.decision.remaining_at(slot)
        products = [record.decision.actions[index].product_id for index in remaining]
        assert given[products.index(slot.product_id)] == slot.propensity
