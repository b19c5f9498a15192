"""What a decision costs: the policy's two ways into Vowpal Wabbit, and the whole ranking path.

    python -m benchmarks.decision --home var/demo

Processor time of one thread, so that a busy machine does not show. The ratios are to the
floor of the same run: Vowpal Wabbit's native prediction of the same action sets.
"""

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from vowpalwabbit import Workspace

from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import least_mean_of
from personalization.adapters.vowpal.example_text import example_lines
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.native_examples import learn, predict
from personalization.codec.json_codec import DECISION, PROFILE
from personalization.decisions.decision_record import decode_record, encode_record
from personalization.domain.tuning import Tuning
from personalization.ports.decision_history import DecisionRecord
from personalization.ports.policy import Candidate
from personalization.wiring import CoreSettings, open_kept, open_ranking

SESSIONS = 100
DECISION_AND_PROFILE = "decision and profile"
MIXED = Tuning(diversity=0.1)
MOVED = replace(MIXED, boost_new=0.1, boost_rated=0.1, boost_viewed=0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    rows, title = decision_costs(CoreSettings.of_home(parser.parse_args().home), SESSIONS)
    _print(rows, title)


def decision_costs(
    settings: CoreSettings, sessions: int
) -> tuple[Sequence[tuple[str, float]], str]:
    """Return what each step costs in seconds, the floor first, and what was asked."""
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, sessions)
        decider, maker = ranking.decider, ranking.maker
        decisions = [decider.decide(*query) for query in queries]
        records = [maker.make(*query) for query in queries]
        profiles = [record.profile for record in records]
        examples = [
            example_lines(decision.context, [Candidate.of(action) for action in decision.actions])
            for decision in decisions
        ]
        labelled = [[example[0], f"0:-1:0.2 {example[1]}", *example[2:]] for example in examples]
        model = Workspace(BASE.arguments, enable_logging=False)
        mixed, moved = decider.with_tuning(MIXED), decider.with_tuning(MOVED)
        rows = [
            ("predict, native binding (floor)", least_mean_of(partial(predict, model), examples)),
            ("predict, the package's wrapper", least_mean_of(model.predict, examples)),
            ("learn, native binding", least_mean_of(partial(learn, model), labelled)),
            ("learn, the package's wrapper", least_mean_of(model.learn, labelled)),
            ("decision, whole", least_mean_of(lambda query: decider.decide(*query), queries)),
            (
                "decision, with diversity",
                least_mean_of(lambda query: mixed.decide(*query), queries),
            ),
            ("and all boosts", least_mean_of(lambda query: moved.decide(*query), queries)),
            (DECISION_AND_PROFILE, least_mean_of(lambda query: maker.make(*query), queries)),
            ("encode the decision", least_mean_of(DECISION.encode, decisions)),
            ("encode the profile", least_mean_of(PROFILE.encode, profiles)),
            ("both compressed as they are", least_mean_of(_compress_texts, records)),
            ("encode the record", least_mean_of(encode_record, records)),
            ("decode the record", least_mean_of(decode_record, [*map(encode_record, records)])),
        ]
    actions = sum(len(decision.actions) for decision in decisions) / len(decisions)
    return rows, f"{len(queries):,} decisions, {actions:.0f} actions on average"


def _compress_texts(record: DecisionRecord) -> None:
    for text in DECISION.encode(record.decision), PROFILE.encode(record.profile):
        zlib.compress(text, 1)


def _print(rows: Sequence[tuple[str, float]], title: str) -> None:
    numbers = [Column(name, justify="right") for name in ("us", "to floor")]
    table = Table("what", *numbers, title=title, title_justify="left")
    for name, seconds in rows:
        table.add_row(name, f"{1e6 * seconds:.0f}", f"{seconds / rows[0][1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
