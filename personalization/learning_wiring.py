"""The models that are learned, played by Vowpal Wabbit and numpy: served, taught, taught again."""

from collections.abc import Collection, Mapping
from functools import partial

from personalization.adapters.vowpal.comparison import compare_models
from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB
from personalization.adapters.vowpal.native_probabilities import NativeProbabilities
from personalization.adapters.vowpal.policy import LoadModels, VowpalLearner
from personalization.adapters.vowpal.promotion_check import check_model
from personalization.adapters.vowpal.values import VowpalValues
from personalization.audit.recording import Auditor
from personalization.domain.models.learned_model import LearnedModel
from personalization.experiments.pinned_versions import pinned_versions
from personalization.learning.linear_values import LINEAR_PART, LinearLearner, LinearValues
from personalization.learning.model_set import ModelSet, ResumableModel
from personalization.learning.product_outcomes import PRODUCTS_PART, LearnedProducts, ProductLearner
from personalization.learning.round_keeper import RoundKeeper
from personalization.learning.snapshot_list import rounds_of
from personalization.learning.unlearning import Unlearning
from personalization.neighbours.erasures import session_digest
from personalization.ports.stores import KeptStores
from personalization.ports.value_models import ServedModels
from personalization.priors.session_eraser import keyed_erasures
from personalization.settings.learning import LearningSettings

_VOWPAL = {LearnedModel.BASE: [BASE], LearnedModel.BAG: BAG, LearnedModel.REGCB: [REGCB]}


def check_snapshot(parts: Mapping[str, bytes]) -> Mapping[str, float]:
    """Return how far scorers are from each model's own; raises `RefusedSnapshotError`."""
    return {name: check_model(body) for name, body in parts.items() if name.endswith(".vw")}


def load_models(learned: frozenset[LearnedModel]) -> LoadModels:
    """Return what makes served models of a snapshot; one that it lacks begins cold."""

    def load(version: str, parts: Mapping[str, bytes]) -> ServedModels:
        return ServedModels(
            version=version,
            rounds=rounds_of(parts),
            bag=_bag(parts) if LearnedModel.BAG in learned else None,
            regcb=NativeProbabilities(parts.get(REGCB.name), REGCB.arguments)
            if LearnedModel.REGCB in learned
            else None,
            linear=LinearValues(parts.get(LINEAR_PART)) if LearnedModel.LINEAR in learned else None,
            products=LearnedProducts(parts.get(PRODUCTS_PART))
            if LearnedModel.PRODUCTS in learned
            else None,
        )

    return load


def _bag(parts: Mapping[str, bytes]) -> VowpalValues:
    bag = [VowpalValues(parts.get(part.name), part.arguments) for part in BAG]
    return VowpalValues.together(bag)


def open_learner(learned: frozenset[LearnedModel], parts: Mapping[str, bytes]) -> ModelSet:
    """Return the models that are learned, as a snapshot left them; others begin cold."""
    wanted = [part for name in _VOWPAL if name in learned for part in _VOWPAL[name]]
    models: dict[str, ResumableModel] = {
        part.name: VowpalLearner(parts.get(part.name), part.arguments) for part in wanted
    }
    if LearnedModel.LINEAR in learned:
        models[LINEAR_PART] = LinearLearner(parts.get(LINEAR_PART))
    if LearnedModel.PRODUCTS in learned:
        models[PRODUCTS_PART] = ProductLearner(parts.get(PRODUCTS_PART))
    return ModelSet(models)


def models_of(names: Collection[str]) -> frozenset[LearnedModel]:
    """Return the models whose parts have these names."""
    parts = {part.name: model for model, of in _VOWPAL.items() for part in of}
    parts |= {LINEAR_PART: LearnedModel.LINEAR, PRODUCTS_PART: LearnedModel.PRODUCTS}
    return frozenset(parts[name] for name in names if name in parts)


def open_keeper(kept: KeptStores) -> RoundKeeper:
    """Return what keeps the rounds of a learner; makes the key of digests where there is none."""
    key = keyed_erasures(kept.plans).key
    return RoundKeeper(kept.rounds, partial(session_digest, key))


def open_unlearning(
    kept: KeptStores, settings: LearningSettings, auditor: Auditor | None = None
) -> Unlearning:
    return Unlearning(
        store=kept.models,
        kept=kept.rounds,
        decisions=kept.decisions,
        erasures=partial(keyed_erasures, kept.plans),
        open_models=_cold_models,
        compare=compare_models,
        auditor=auditor or Auditor(kept.audit),
        pinned=pinned_versions(kept.plans),
        base_part=BASE.name,
        correction_ms=settings.outcome_rules.correction_ms,
        worse_allowed=settings.unlearned_worse,
    )


def _cold_models(names: Collection[str]) -> ModelSet:
    return open_learner(models_of(names), {})
