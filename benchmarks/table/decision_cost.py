"""What a decision costs beside the model's own prediction, and what learning from one costs."""

import random
from itertools import islice
from pathlib import Path

from benchmarks.decision import DECISION_AND_PROFILE, decision_costs
from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import least_mean_of
from benchmarks.table.figure_row import MORE, FigureRow
from personalization.domain.decision import Decision
from personalization.domain.learned_model import parse_models
from personalization.learning.rounds import SlateRounds
from personalization.wiring import CoreSettings, open_kept, open_learner, open_ranking

SESSIONS = 60
DECISIONS = 300
DECISIONS_AT_ONCE = 50
GOAL_RATIO = 4
GOAL_POSITIONS = 20_000
CLICK_RATE = 0.05
SEED = 7


def decision_cost(home: Path, sessions: int = SESSIONS) -> list[FigureRow]:
    rows, title = decision_costs(CoreSettings.of_home(home), sessions)
    seconds = dict(rows)[DECISION_AND_PROFILE]
    ratio = seconds / rows[0][1]
    note = f"{1e6 * seconds:.0f} us; {title}"
    what = "decision and profile to the model's native prediction"
    return [FigureRow(what, ratio, goal=GOAL_RATIO, note=note)]


def learner_speed(home: Path, decisions: int = DECISIONS) -> list[FigureRow]:
    """Learn every position of real slates, some clicked, in the models of the settings."""
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, SESSIONS)
        decided = [ranking.decider.decide(*query) for query in islice(queries, decisions)]
    models = open_learner(parse_models(settings.learning.models), {})
    chance = random.Random(SEED)

    def learn(batch: list[Decision]) -> None:
        models.learn(
            [
                rounds.round(slot.product_id, float(chance.random() < CLICK_RATE))
                for decision in batch
                for rounds in (SlateRounds(decision),)
                for slot in decision.slate
            ]
        )

    batches = [
        decided[first : first + DECISIONS_AT_ONCE]
        for first in range(0, len(decided), DECISIONS_AT_ONCE)
    ]
    positions = sum(len(decision.slate) for decision in decided) / len(batches)
    speed = positions / least_mean_of(learn, batches)
    note = f"models: {settings.learning.models}; rounds made of decisions, processor time"
    return [FigureRow("learner", speed, " positions/s", GOAL_POSITIONS, MORE, note)]
