"""Builds a shop of six products with hand-made priors, in real embedded stores."""

from dataclasses import dataclass
from pathlib import Path

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.prior_store import SqlitePriorStore
from personalization.adapters.vowpal.policy import VowpalPolicy
from personalization.adapters.vowpal.snapshots import SnapshotFolder
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId, SessionId
from personalization.domain.prior import SESSION_INDEX, PriorTable, RankedList, RankedMember
from personalization.domain.product import Category
from personalization.neighbours.erasures import (
    ERASURE_LIST,
    Erasures,
    current_erasures,
    digest_number,
    session_digest,
)
from personalization.neighbours.index_bytes import chunks_of, encode_index
from personalization.neighbours.past_session import Act, PastSession
from personalization.neighbours.return_table import learn_returns
from personalization.neighbours.session_index import SessionIndex, build_index
from personalization.neighbours.signal_weights import HAND_SET, SignalWeights
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.plan_store import ERASURES, PlanStore
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.builder import ProfileBuilder
from tests.builders.generation import a_generation
from tests.builders.interruptible import Interruptible
from tests.builders.product import a_product

SHIRTS = ("shirt-1", "shirt-2", "shirt-3")
SKIRTS = ("skirt-1", "skirt-2", "skirt-3")
GENERATION = GenerationId("generation-1")
INDEXED = GenerationId("generation-with-index")
DIGEST_KEY = "a key"
PAST_IDS = tuple(SessionId(f"00000000-0000-4000-8000-00000000000{n}") for n in range(1, 5))
_ACTS = {
    PAST_IDS[3]: (Act(1, "skirt-3", EventType.ADD_TO_CART), Act(2, "shirt-3", EventType.DWELL))
}
PAST_SESSIONS = tuple(
    PastSession(
        number,
        products,
        _ACTS.get(session_id, ()),
        digest_number(session_digest(DIGEST_KEY, session_id)),
    )
    for number, (session_id, products) in enumerate(
        zip(
            PAST_IDS,
            (
                ("shirt-1", "skirt-1", "skirt-2"),
                ("shirt-1", "skirt-2", "shirt-1"),
                ("shirt-3", "shirt-2"),
                ("skirt-3", "shirt-3", "shirt-3", "skirt-3"),
            ),
            strict=True,
        ),
        1,
    )
)


def ranked_by(**strengths: float) -> RankedList:
    """Return a list of members by strength, product ids written with underscores."""
    return tuple(
        RankedMember(name.replace("_", "-"), strength, 10 * strength, 5)
        for name, strength in strengths.items()
    )


PRIORS = {
    (PriorTable.POPULAR_PRODUCTS, "global"): ranked_by(
        shirt_1=1.0, skirt_1=0.9, shirt_2=0.5, skirt_2=0.4, shirt_3=0.2, skirt_3=0.1
    ),
    (PriorTable.POPULAR_PRODUCTS, "region:cz"): ranked_by(skirt_3=1.0, shirt_1=0.1),
    (PriorTable.POPULAR_CATEGORIES, "global"): ranked_by(shirts=1.0, skirts=0.8),
    (PriorTable.CATEGORY_LEADERS, "shirts"): ranked_by(shirt_1=1.0, shirt_2=0.5, shirt_3=0.2),
    (PriorTable.CATEGORY_LEADERS, "skirts"): ranked_by(skirt_1=1.0, skirt_2=0.5, skirt_3=0.1),
    (PriorTable.CATEGORY_AFFINITY, "shirts"): ranked_by(shirts=1.0, skirts=0.3),
    (PriorTable.PRODUCT_AFFINITY, "shirt-1"): ranked_by(shirt_2=1.0, skirt_3=0.2),
    (PriorTable.PRODUCT_AFFINITY, "shirt-2"): ranked_by(shirt_3=1.0, shirt_1=0.5),
    (PriorTable.LAG_AFFINITY, "shirt-1@1"): ranked_by(shirt_3=1.0, shirt_1=0.2),
    (PriorTable.BUNDLES, "shirt-1"): ranked_by(**{"shirt_1+skirt_1": 1.0}),
    (PriorTable.BUNDLE_PRODUCTS, "shirt-1+skirt-1"): ranked_by(shirt_1=1.0, skirt_1=0.9),
    (PriorTable.TRENDING, "global"): ranked_by(skirt_2=0.8),
    **{
        (PriorTable.PRODUCT_PRIORS, product): ranked_by(
            popularity=strength, popularity_category=strength
        )
        for product, strength in zip(
            (*SHIRTS, *SKIRTS), (1.0, 0.5, 0.2, 0.9, 0.4, 0.1), strict=True
        )
    },
}
# `ranked_by` writes dashes; priors are named with underscores.
PRIORS |= {
    key: tuple(
        RankedMember(
            member.member_id.replace("-", "_"), member.strength, member.value, member.support
        )
        for member in members
    )
    for key, members in PRIORS.items()
    if key[0] is PriorTable.PRODUCT_PRIORS
}


@dataclass(frozen=True)
class SmallShop:
    """The ranking path over the shop's stores."""

    folder: Path
    decider: DecisionMaker
    maker: ProfileBuilder
    catalogue: CatalogueCache
    stored_catalogue: SqliteCatalogue
    models: SnapshotFolder
    priors: Interruptible
    active_priors: ActivePriors


def promote_with_index(
    shop: SmallShop, weights: SignalWeights = HAND_SET, generation_id: GenerationId = INDEXED
) -> SessionIndex:
    """Promote a generation of the same priors with an index of a few past sessions."""
    returns = learn_returns(PAST_SESSIONS)
    index = build_index(PAST_SESSIONS, returns, weights)
    shop.priors.write_many(generation_id, PRIORS.items())
    shop.priors.write_index(generation_id, chunks_of(encode_index(index)))
    tables = {SESSION_INDEX: index.session_count}
    shop.priors.register(a_generation(generation_id=generation_id, rows_by_table=tables))
    shop.priors.promote(generation_id)
    shop.active_priors.refresh()
    return index


def begin_erasures(plans: PlanStore) -> None:
    """Write an empty list of erased sessions, with the key of the past sessions' digests."""
    plans.write(ERASURES, ERASURE_LIST.encode(Erasures(key=DIGEST_KEY)), after=0)


def a_small_shop(
    folder: Path, *, epsilon: float = 0.0, plans: PlanStore | None = None
) -> SmallShop:
    """Return the shop, its priors promoted and its policy cold; plans have its erased sessions."""
    catalogue = SqliteCatalogue(folder / "catalogue.sqlite", 0)
    catalogue.write_categories(
        [
            Category(category_id=CategoryId(category), name=category.title())
            for category in ("shirts", "skirts")
        ]
    )
    catalogue.write_products(
        [
            a_product(
                product_id=ProductId(product),
                category_id=CategoryId(product.split("-")[0] + "s"),
                title=product.replace("-", " ").title(),
            )
            for product in (*SHIRTS, *SKIRTS)
        ]
    )
    priors = Interruptible(SqlitePriorStore(folder / "priors.sqlite", 0))
    priors.write_many(GENERATION, PRIORS.items())
    priors.register(a_generation(generation_id=GENERATION))
    priors.promote(GENERATION)
    erasures = current_erasures(plans, 0) if plans is not None else None
    active, cached = ActivePriors(priors, erasures), CatalogueCache(catalogue)
    models = SnapshotFolder(folder / "models")
    policy = PolicySpec.of(EPSILON_GREEDY.name, epsilon=epsilon)
    plan = RankingConfig(placements=(Placement(policy=policy),))
    decider = DecisionMaker(active, cached, VowpalPolicy(models), plan)
    return SmallShop(
        folder=folder,
        decider=decider,
        maker=ProfileBuilder(decider),
        catalogue=cached,
        stored_catalogue=catalogue,
        models=models,
        priors=priors,
        active_priors=active,
    )
