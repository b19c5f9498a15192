"""Popularity and rated: the order of one prior, as baselines that know no shopper."""

from collections.abc import Callable

from personalization.domain.prior import PriorName
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_prior(prior: PriorName) -> Callable[[Question], Ballots]:
    """Return what gives one ballot: the largest strength first; products without one last."""

    def ballots(question: Question) -> Ballots:
        actions = question.ranked.actions
        names = [term.name for term in question.ranked.frame.priors]
        place = names.index(prior) if prior in names else None
        strengths = [
            next(
                (strength for index, strength in action.ingredients.strengths if index == place),
                0.0,
            )
            for action in actions
        ]
        order = sorted(
            range(len(actions)), key=lambda index: (-strengths[index], actions[index].product_id)
        )
        return (question.ballot(order),)

    return ballots


POPULARITY = Policy(
    name="popularity",
    parameters={"epsilon": FLOOR},
    words="takes the most popular, as a baseline",
    choice="the most popular that was left",
    ballots=by_prior(PriorName.POPULARITY),
)
RATED = Policy(
    name="rated",
    parameters={"epsilon": FLOOR},
    words="takes the best rated, as a baseline",
    choice="the best rated that was left",
    ballots=by_prior(PriorName.RATING),
)
