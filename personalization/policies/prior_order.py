"""Popularity and rated: the order of one prior, as baselines that know no shopper."""

from collections.abc import Callable

from personalization.domain.prior import PriorName
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_prior(prior: PriorName) -> Callable[[Question], Ballots]:
    """Return what gives one ballot: the largest strength first; products without one last."""

    def ballots(question: Question) -> Ballots:
        actions = question.ranked.actions
        names = [term.name for term in question.ranked.frame.priors]
        place = names.index(prior) if prior in names else -1
        keys = [
            (-dict(action.ingredients.strengths).get(place, 0.0), action.product_id)
            for action in actions
        ]
        return (question.ballot(sorted(range(len(actions)), key=keys.__getitem__)),)

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
