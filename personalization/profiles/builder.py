"""From a session to the profile that its page reads, with the decision it rests on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from personalization.catalogue.pinned_catalogue import PinnedCatalogue
from personalization.codec.json_codec import PROFILE
from personalization.decisions.pinned import Pinned
from personalization.domain.action_table import product_ids_of
from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.decision import Decision
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import GLOBAL_SCOPE, Generation, PriorKey, PriorTable
from personalization.domain.privacy.small_counts import ALL_COUNTS, SmallCounts
from personalization.domain.profile import (
    Profile,
    ProfileRest,
    ScoreData,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
    profile_of,
)
from personalization.domain.session import Session
from personalization.experiments.decider import Decider
from personalization.explanations.clauses import Clauses
from personalization.explanations.counted_reasons import trending_reason
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.profile_store import StoredProfile
from personalization.priors.active_priors import ActivePriors
from personalization.profiles.bundles import BundleSuggestions
from personalization.profiles.published_counts import with_small_counts
from personalization.profiles.scored_products import scored_products

RECENT_SHOWN = 8
TRENDING_SHOWN = 8
_TRENDING: PriorKey = (PriorTable.TRENDING, GLOBAL_SCOPE)


@dataclass(frozen=True, slots=True)
class ProfileSizes:
    products: int = 20
    categories: int = 8
    life: timedelta = timedelta(hours=48)


class ProfileBuilder:
    def __init__(self, decider: Decider, sizes: ProfileSizes | None = None) -> None:
        self._decider = decider
        self._sizes = sizes or ProfileSizes()
        self._bundles = BundleSuggestions()
        self._trending: tuple[Generation | None, tuple[TrendingProduct, ...]] = (None, ())

    def make(self, session: Session, now: datetime) -> DecisionRecord:
        """Raise `NoActiveGenerationError` before the first nightly run."""
        return self.make_with_inputs(session, now)[0]

    def make_with_inputs(self, session: Session, now: datetime) -> tuple[DecisionRecord, Pinned]:
        """Return also what it was made of; raises as `make`."""
        pinned = self._decider.pin(now, session.region)
        decision = self._decider.decide(session, now, pinned)
        return self.record_of(decision, session, pinned), pinned

    def record_of(self, decision: Decision, session: Session, pinned: Pinned) -> DecisionRecord:
        """Return the decision with the profile that shows it; `pinned` is what it was made of."""
        clauses = Clauses(decision)
        viewed = dict.fromkeys([event.product_id for event in session.recent if event.product_id])
        recent = pinned.visible.visible_among(list(viewed))
        products = self._products(decision, clauses, pinned.catalogue)
        # Nobody is known by what was only looked at.
        interactions = [piece for piece in decision.evidence if piece.type.is_interaction]
        categories = self._categories(decision, pinned, clauses)
        rest = ProfileRest(
            user_id=session.user_id,
            version=session.profile_version,
            expiry=decision.decided_at + self._sizes.life,
            active=len(interactions) >= decision.tuning.activation_evidence,
            region=session.region,
            recent_products=tuple(map(ProductId, recent))[:RECENT_SHOWN],
            bundles=self._bundles.suggest(decision, pinned),
            trending=self._trending_products(pinned),
            personalized=agrees(session.consent, ConsentPurpose.PERSONALIZE),
        )
        scored = ScoreData(categories=categories, products=products)
        return DecisionRecord(decision, profile_of(decision, scored, rest))

    def _products(
        self, decision: Decision, clauses: Clauses, catalogue: PinnedCatalogue
    ) -> tuple[ScoredProduct, ...]:
        """Return the best products, and those of the slate that exploration brought in."""
        product_ids = product_ids_of(decision.actions)
        best = min(self._sizes.products, len(product_ids))
        others = {slot.product_id for slot in decision.slate}.difference(product_ids[:best])
        explored = [place for place, product in enumerate(product_ids) if product in others]
        return tuple(scored_products(decision, clauses, catalogue, [*range(best), *explored]))

    def _categories(
        self, decision: Decision, pinned: Pinned, clauses: Clauses
    ) -> tuple[ScoredCategory, ...]:
        hidden = pinned.visible.hidden_categories
        visible = [known for known in decision.categories if known.category_id not in hidden]
        shown = visible[: self._sizes.categories]
        names = pinned.catalogue.category_names([category.category_id for category in shown])
        reasons = clauses.category_reasons(shown, names)
        return tuple(
            [
                ScoredCategory(
                    category_id=category.category_id, name=name, score=category.score, reason=reason
                )
                for category, name, reason in zip(shown, names, reasons, strict=True)
            ]
        )

    def _trending_products(self, pinned: Pinned) -> tuple[TrendingProduct, ...]:
        """Return those that may be shown: the same whoever looks."""
        generation, (of, trending) = pinned.priors.generation(), self._trending
        if of is not generation:
            trending = _trending_products(pinned.priors)
            self._trending = generation, trending
        if not pinned.visible.hides_anything:
            return trending[:TRENDING_SHOWN]
        hidden = pinned.visible.hidden_among([product.product_id for product in trending])
        visible = [product for product in trending if product.product_id not in hidden]
        return tuple(visible[:TRENDING_SHOWN])


def _trending_products(priors: ActivePriors) -> tuple[TrendingProduct, ...]:
    of_shoppers = priors.counts_shoppers()
    return tuple(
        TrendingProduct(
            product_id=ProductId(member.member_id),
            growth=member.value,
            reason=trending_reason(member.support, member.value, of_shoppers=of_shoppers),
        )
        for member in priors.read(_TRENDING)
    )


def stored_profile(profile: Profile, counts: SmallCounts = ALL_COUNTS) -> StoredProfile:
    """Return the bytes that are served; what of `counts` was not kept to here, the API keeps to."""
    return StoredProfile(profile.version, PROFILE.encode(with_small_counts(profile, counts)))
