"""The decision of a first visit is made again bit for bit, whatever was promoted since."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api.profiles.decision_tokens import DecisionTokens
from personalization.adapters.sqlite.plan_store import SqlitePlanStore
from personalization.adapters.vowpal.policy import VowpalLearner, VowpalPolicy, base_alone
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.decisions.decision_record import encode_record
from personalization.domain.errors import GoneDecisionError, StoreUnavailableError
from personalization.domain.event import Device
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import CategoryId, GenerationId, Region, SessionId
from personalization.domain.prior import PriorTable
from personalization.domain.session import Session
from personalization.domain.tuning import Tuning
from personalization.experiments.decider import ExperimentDecider
from personalization.experiments.experiment import EXPERIMENT_BOOK, ExperimentBook
from personalization.learning.anchored_snapshots import AnchoredSnapshots
from personalization.learning.rounds import learning_round
from personalization.merchandising.current_rules import CurrentRules
from personalization.merchandising.rule import RuleKind
from personalization.merchandising.rule_book import RuleBook
from personalization.merchandising.rules_document import encode_rules
from personalization.plans.current_plan import CurrentPlan
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.plan_store import EXPERIMENTS, RULES
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder, ProfileSizes
from personalization.replay.first_decisions import FirstDecisions, FirstStores, LiveRanking
from personalization.wiring import pinned_policy
from tests.builders.access.signing_keys import signing_keys
from tests.builders.experiment import an_arm, an_experiment
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.plan_store import a_plan_store
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.shops.small_shop import (
    PRIORS,
    SHIRTS,
    SKIRTS,
    SmallShop,
    a_small_shop,
    ranked_by,
)

PRODUCTS = (*SHIRTS, *SKIRTS)
TRIALS = 60
TOKENS = DecisionTokens(signing_keys())


@dataclass
class Shop:
    """A shop whose priors, model, rules and experiments change, and the processes over it."""

    small: SmallShop
    folder: Path
    plans: SqlitePlanStore
    chance: random.Random
    generations: int = 1

    def process(self, config: RankingConfig, sizes: ProfileSizes | None = None) -> FirstDecisions:
        small, sizes = self.small, sizes or ProfileSizes()
        rules = CurrentRules(self.plans, 0.0)
        config = replace(config, rules=rules)
        priors, catalogue = ActivePriors(small.priors), CatalogueCache(small.stored_catalogue)
        policy = VowpalPolicy(AnchoredSnapshots(small.models))
        decode = EXPERIMENT_BOOK.decode
        experiments = CurrentPlan(self.plans, EXPERIMENTS, decode, ExperimentBook(), 0.0)
        load = partial(pinned_policy, small.models, base_alone)
        maker = DecisionMaker(priors, catalogue, policy, config)
        builder = ProfileBuilder(ExperimentDecider(maker, experiments, load), sizes)
        live = LiveRanking(builder, priors, policy, rules, catalogue)
        return FirstDecisions(live, FirstStores(small.priors, self.plans, load), config, sizes)

    def promote_priors(self) -> None:
        self.generations += 1
        generation = GenerationId(f"generation-{self.generations}")
        strengths = {name.replace("-", "_"): self.chance.random() for name in PRODUCTS}
        popular = {(PriorTable.POPULAR_PRODUCTS, "global"): ranked_by(**strengths)}
        self.small.priors.write_many(generation, {**PRIORS, **popular}.items())
        self.small.priors.register(a_generation(generation_id=generation))
        self.small.priors.promote(generation)

    def learn(self, record: DecisionRecord) -> None:
        models = self.small.models
        learner = VowpalLearner(None)
        shown = self.chance.choice(record.decision.slate).product_id
        outcome = self.chance.uniform(-1, 1)
        learner.learn([learning_round(record.decision, shown, outcome)] * 5)
        version = models.save({"model.vw": learner.dump()}, models.current())
        # As if ten minutes lay between them: of snapshots that are closer only the first is asked.
        saved_at = time.time() + int(version.split("-")[0]) * 600
        os.utime(self.folder / "models" / version / "manifest.json", (saved_at, saved_at))

    def write_rules(self) -> None:
        pinned, hidden, boosted = self.chance.sample(PRODUCTS, 3)
        rules = [
            a_rule(RuleKind.PIN, pinned, position=self.chance.randrange(1, 4)),
            a_rule(RuleKind.OUT_OF_STOCK, hidden),
            a_rule(RuleKind.BOOST, boosted, amount=self.chance.random()),
        ]
        book = RuleBook(tuple(self.chance.sample(rules, self.chance.randrange(4))))
        self._write(RULES, encode_rules(book))

    def write_experiments(self) -> None:
        epsilon = self.chance.choice([0.1, 0.5, 1.0])
        other = an_arm("other", policies={"home": f"epsilon-greedy:epsilon={epsilon}"})
        experiment = an_experiment(
            arms=(an_arm(), other), shadows={"home": ("softmax:inverse_temperature=4",)},
            salt=str(self.chance.random()),
        )  # fmt: skip
        book = ExperimentBook(experiments=(experiment,) if self.chance.random() < 0.7 else ())
        self._write(EXPERIMENTS, EXPERIMENT_BOOK.encode(book))

    def _write(self, name: str, body: bytes) -> None:
        now = self.plans.read(name)
        self.plans.write(name, body, now.version if now else 0)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with closing(a_plan_store(tmp_path)) as plans:
        yield Shop(a_small_shop(tmp_path), tmp_path, plans, random.Random(7))


def a_visitor(chance: random.Random, number: int) -> tuple[Session, timedelta]:
    after = timedelta(seconds=number, microseconds=chance.randrange(1_000_000))
    return Session(
        session_id=SessionId(str(UUID(int=chance.getrandbits(128)))),
        started_at=NOON + after,
        watermark=NOON + after,
        region=chance.choice([None, Region("cz"), Region("de")]),
        device=chance.choice(list(Device)),
    ), after


def a_config(chance: random.Random) -> RankingConfig:
    policy = chance.choice(
        ["epsilon-greedy:epsilon=0.2", "softmax:inverse_temperature=3", "epsilon-decreasing"]
    )
    placements = (
        Placement(size=chance.randrange(2, 6), policy=PolicySpec.parse(policy)),
        Placement(name="basket", size=1),
    )
    tuning = Tuning(
        activation_evidence=3,
        diversity=chance.choice([0.0, 0.3]),
        boost_rated=chance.choice([0.0, 0.1]),
    )
    return RankingConfig(
        actions=chance.choice([4, 100]),
        placements=placements[: chance.randrange(1, 3)],
        tuning=tuning,
    )


def first_decision(shop: Shop) -> tuple[FirstDecisions, DecisionRecord, FirstVisit]:
    process = shop.process(RankingConfig())
    session, after = a_visitor(shop.chance, 0)
    return process, *process.make(session, NOON + after)


def test_it_is_the_same_bytes_after_newer_priors_models_rules_and_experiments(shop: Shop) -> None:
    config = a_config(shop.chance)
    process = shop.process(config)
    made = []
    for number in range(TRIALS):
        session, after = a_visitor(shop.chance, number)
        record, visit = process.make(session, NOON + after)
        made.append(
            (record, TOKENS.read(TOKENS.issue(visit, NOON), visit.session_id, NOON + after))
        )
        changes: list[Callable[[], None]] = [
            shop.promote_priors, partial(shop.learn, record), shop.write_rules,
            shop.write_experiments, lambda: None,
        ]  # fmt: skip
        shop.chance.choice(changes)()
        if shop.chance.random() < 0.6:
            config = a_config(shop.chance)
            process = shop.process(config, ProfileSizes(products=shop.chance.randrange(2, 9)))
    another = shop.process(a_config(shop.chance))

    assert len({visit.generation_id for _, visit in made}) > 3
    assert len({visit.model_version for _, visit in made}) > 3
    assert len({visit.rules_version for _, visit in made}) > 3
    assert len({visit.experiments_version for _, visit in made}) > 3
    assert {visit.in_arms for _, visit in made} == {True, False}
    for record, visit in made:
        for maker in (process, another):
            assert encode_record(maker.make_again(visit)) == encode_record(record)


def test_it_needs_no_store_while_what_it_was_made_of_is_still_the_newest(shop: Shop) -> None:
    process, record, visit = first_decision(shop)
    shop.small.priors.away = True
    shop.plans.close()

    assert encode_record(process.make_again(visit)) == encode_record(record)


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ({"generation_id": GenerationId("another")}, "priors"),
        ({"model_version": "000007-gone"}, "000007-gone"),
        ({"rules_version": 7}, "rules"),
        ({"experiments_version": 7, "in_arms": True}, "experiments"),
        ({"seed": 1, "digest": "another"}, "another"),
    ],
)
def test_what_it_was_made_of_may_be_gone(shop: Shop, lost: dict[str, Any], why: str) -> None:
    process, _, visit = first_decision(shop)

    with pytest.raises(GoneDecisionError, match=why):
        process.make_again(visit._replace(**lost))


def test_a_catalogue_that_changed_it_is_noticed_and_a_price_alone_does_not_matter(
    shop: Shop,
) -> None:
    _, record, visit = first_decision(shop)
    catalogue, best = shop.small.stored_catalogue, record.decision.actions[0]
    dearer = a_product(product_id=best.product_id, category_id=best.category_id, price=999.0)

    catalogue.write_products([dearer])
    again = shop.process(RankingConfig()).make_again(visit)
    assert again.decision == record.decision
    assert again.profile.score_data.products[0].price == 999.0

    catalogue.write_products([replace(dearer, category_id=CategoryId("another"))])
    with pytest.raises(GoneDecisionError, match="catalogue"):
        shop.process(RankingConfig()).make_again(visit)


def test_while_the_priors_are_away_it_is_not_said_to_be_gone(shop: Shop) -> None:
    _, _, visit = first_decision(shop)
    shop.promote_priors()
    another = shop.process(RankingConfig())
    first_visitor, after = a_visitor(shop.chance, 1)
    another.make(first_visitor, NOON + after)
    shop.small.priors.away = True

    with pytest.raises(StoreUnavailableError):
        another.make_again(visit)
