"""Whether estimates, learning and replays of filtered rows and lists are true, on simulated truth.

    python -m benchmarks.rows.filtered_rows --logs 80

Each log is of visits of its own, to a shop whose click chances are known, with random filters on
every row and list. Learning takes the first half of the logs and is measured on the second.
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from evaluation.simulation.filtered_proof import (
    ASKED,
    FilteredProof,
    KeptVisits,
    gain,
    learn_log,
    prove,
    replay_all,
)
from evaluation.simulation.filtered_shop import FilteredShop
from evaluation.simulation.filtered_visits import FilteredVisits
from evaluation.wiring import open_online, replay_over
from personalization.learning.past_rounds import PastRounds
from personalization.off_policy.target_policies import Drawn, target_policies
from personalization.policies.draws import DrawMaker
from personalization.policies.earned import EARNED
from personalization.policies.spec import PolicySpec
from personalization.wiring import CoreSettings, open_kept, open_ranking

VISITS = 60
LEARNED, SERVED, GREEDY = "learned", "served", "greedy"
_SPEC = PolicySpec.of(EARNED.name, epsilon=0.0)
_EVERY_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class FilteredRun:
    estimates: FilteredProof
    """Of all logs."""
    learned: FilteredProof
    """Of the second half, with the policy that had learned the first."""
    replayed: Counter[tuple[str, bool]]
    decisions: int


def run(home: Path, logs: int, visits: int = VISITS, seed: int = 1) -> FilteredRun:
    settings = CoreSettings.of_home(home)
    shop = FilteredShop.make(seed)
    with open_kept(settings) as kept:
        shop.write(kept)
        ranking = open_ranking(kept, settings)
        rounds = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        past = KeptVisits(shop, rounds)
        past.keep(kept, FilteredVisits(shop, ranking.decider).make(logs * visits, seed))
        policies = target_policies(ranking.policy)
        estimates = prove(past, policies, past.logs(visits))
        online = open_online(_SPEC, _EVERY_ROUNDS)
        halves = enumerate(past.logs(visits))
        for number, shown in halves:
            learn_log(shown, online)
            if number + 1 == logs // 2:
                break
        drawn = Drawn(_SPEC, DrawMaker(online.policy), LEARNED)
        learned = prove(past, [*policies, drawn], (shown for _, shown in halves))
        replayed = replay_all(kept, replay_over(kept, settings), past.kinds)
    return FilteredRun(estimates, learned, replayed, len(past.numbers))


def table_of(found: FilteredProof) -> Table:
    table = Table(title=f"{found.logs} logs, {found.rounds:,} rounds of filtered rows and lists")
    for name in ("target", "estimator", "truth", "bias, % of it", "covered", "answered"):
        table.add_column(name, justify="left" if name in {"target", "estimator"} else "right")
    for target in found.clicked:
        for estimator in ASKED:
            given, truth = found.answer_count(target, estimator), found.truth(target)
            said = ["-", "-"]
            if given:
                bias, error = found.bias(target, estimator)
                said = [f"{100 * bias:+.2f} ± {196 * error:.2f}"]
                said += [f"{found.coverage(target, estimator):.1%}"]
            answered = f"{given} of {found.logs}"
            table.add_row(target, estimator.value, f"{truth:.4f}", *said, answered)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=80)
    parser.add_argument("--visits", type=int, default=VISITS, help="of a log")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    console = Console(width=110)
    with TemporaryDirectory() as home:
        found = run(Path(home), asked.logs, asked.visits, asked.seed)
    console.print(table_of(found.estimates))
    for other in (SERVED, GREEDY):
        mean, half = gain(found.learned, LEARNED, other)
        console.print(
            f"learned from the first half, true outcomes of the second over `{other}`: "
            f"{mean:+.1%} ± {half:.1%}"
        )
    for (made_from, is_equal), count in sorted(found.replayed.items()):
        console.print(f"{count:,} decisions made again: {made_from}, equal: {is_equal}")


if __name__ == "__main__":
    main()
