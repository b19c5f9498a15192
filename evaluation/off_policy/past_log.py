"""The past of the shop as logged rounds, one set for each target policy."""

import numpy as np

from evaluation.off_policy.logged_rounds import LoggedRounds
from personalization.learning.round_table import RoundTable


def logged_rounds(table: RoundTable, policy: str) -> LoggedRounds:
    """Return the rounds of a table, asked about one of its policies."""
    sessions = np.asarray(table.sessions, dtype=np.str_)
    return LoggedRounds(
        reward=table.reward,
        propensity=table.propensity,
        chosen=table.chosen,
        target=table.targets[policy],
        predicted=table.predicted,
        session=np.unique(sessions, return_inverse=True)[1].astype(np.int64),
        logging=table.logging,
    )
