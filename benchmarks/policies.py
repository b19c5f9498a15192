"""What each policy adds to a decision: its draw and the slots, over the action sets of a shop.

    python -m benchmarks.policies --home var/demo

Processor time of one thread; models have learned from the decisions that they are asked about.
The ratio is to epsilon-greedy, which asks no model of its own.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import least_mean_of, mean_of
from evaluation.wiring import open_decider, open_online
from personalization.domain.decision import Decision
from personalization.learning.rounds import learning_round
from personalization.policies.draws import DrawMaker, draw_slate
from personalization.policies.placement import Placement
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec
from personalization.wiring import CoreSettings

SESSIONS = 60
EVERY_ROUNDS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    settings = CoreSettings.of_home(parser.parse_args().home)
    size = settings.ranking.slate_size
    numbers = ("draw, us", "to epsilon-greedy", "learning a position, us")
    columns = [Column(name, justify="right") for name in numbers]
    table = Table("policy", *columns, title_justify="left")
    with open_decider(settings) as resources:
        queries = held_out_queries(settings.storage.held_out_file, resources.catalogue, SESSIONS)
        decisions = [resources.decider.decide(*query) for query in queries]
    floor = 0.0
    for kind in POLICIES:
        drawn, learned = _cost(PolicySpec.of(kind), decisions, size)
        floor = floor or drawn
        table.add_row(kind, f"{1e6 * drawn:.0f}", f"{drawn / floor:.1f}", f"{1e6 * learned:.0f}")
    actions = sum(len(decision.actions) for decision in decisions) / len(decisions)
    table.title = f"{len(decisions):,} decisions, {actions:.0f} actions, {size} slots"
    Console().print(table)


def _cost(policy: PolicySpec, decisions: list[Decision], size: int) -> tuple[float, float]:
    """Return seconds a draw, and seconds a position learned with its share of the snapshots."""
    online, placement = open_online(policy, EVERY_ROUNDS), Placement(size=size, policy=policy)

    def learn(decision: Decision) -> None:
        online.learn([learning_round(decision, slot.product_id, 0.0) for slot in decision.slate])

    learned = mean_of(learn, decisions) / size
    maker = DrawMaker(online.policy)

    def draw(decision: Decision) -> None:
        draws = maker.draws((placement,), decision, decision.seed)
        draw_slate(decision.actions, draws, decision.seed)

    return least_mean_of(draw, decisions), learned


if __name__ == "__main__":
    main()
