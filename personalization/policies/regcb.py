"""RegCB: any action that is the best by some model which fits about as well as the best model.

Foster, Agarwal, Dudik, Luo and Schapire, Practical contextual bandits with regression oracles,
2018; Vowpal Wabbit's `--regcb`.
"""

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_plausibility(question: Question) -> Ballots:
    """Return one ballot for each plausible action; each names the others after its own.

    Of many the best by score: before anything is learned, all are plausible.
    """
    regcb, slots = question.models.regcb, question.slots
    if regcb is None:
        raise question.missing_model()
    chances = regcb.probabilities(question.ranked.context, question.candidates())
    barred = question.barred
    plausible = [index for index, p in enumerate(chances) if p > 0.0 and index not in barred]
    plausible = plausible[: int(question.parameters["members"])]
    return tuple(
        tuple((plausible[place:] + plausible[:place])[:slots]) for place in range(len(plausible))
    )


REGCB = Policy(
    name="regcb",
    parameters={"members": 20, "epsilon": FLOOR},
    words="takes what could be best by any model that fits about as well",
    choice="the most promising that was left, doubt included",
    ballots=by_plausibility,
    model=LearnedModel.REGCB,
)
