"""The past of the shop as weighed rounds, one set for each target policy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from personalization.off_policy.logged_rounds import LoggedRounds
from personalization.off_policy.round_table import RoundTable
from personalization.off_policy.weighed_rounds import WeighedRounds


def weighed_by_policy(tables: Iterable[RoundTable]) -> Mapping[str, WeighedRounds]:
    """Return the rounds of all tables by target policy; nothing where there is no table.

    A table is let go once it is weighed: what stays is 300 bytes a round.
    """
    numbers: dict[str, int] = {}
    parts: defaultdict[str, list[WeighedRounds]] = defaultdict(list)
    for table in tables:
        session = np.array(
            [numbers.setdefault(session, len(numbers)) for session in table.sessions]
        )
        for policy, target in table.targets.items():
            rounds = LoggedRounds(
                reward=table.reward,
                propensity=table.propensity,
                chosen=table.chosen,
                target=target,
                predicted=table.predicted,
                session=session,
                logging=table.logging,
            )
            parts[policy].append(rounds.weighed())
    return {policy: WeighedRounds.joined(of) for policy, of in parts.items()}
