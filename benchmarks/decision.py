"""What a decision costs: the policy's two ways into Vowpal Wabbit, and the whole ranking path.

    python -m benchmarks.decision --home var/demo

Processor time of one thread, so that a busy machine does not show. The ratios are to the
floor of the same run: Vowpal Wabbit's native prediction of the same action sets.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from vowpalwabbit import Workspace

from cli.evaluate_command import held_back_sessions
from cli.options import core_settings
from evaluation.served_ranking import session_queries
from personalization.adapters.vowpal.example_text import example_lines
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.native_examples import learn, predict
from personalization.codec.json_codec import DECISION
from personalization.codec.served_profile import encode_served
from personalization.domain.decision import Action
from personalization.ports.policy import Candidate
from personalization.wiring import open_kept, open_ranking

_One = TypeVar("_One")
SESSIONS = 100
ROUNDS = 5


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    settings = core_settings(parser.parse_args().home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        held_back = islice(held_back_sessions(settings.storage.held_back_file), SESSIONS)
        queries = [
            (session, now)
            for events in held_back
            for session, now, _ in session_queries(events, ranking.catalogue)
        ]
        decisions = [ranking.decider.decide(*query) for query in queries]
        records = [ranking.maker.make(*query) for query in queries]
        examples = [
            example_lines(one.context, [_candidate(action) for action in one.actions])
            for one in decisions
        ]
        labelled = [[one[0], f"0:-1:0.2 {one[1]}", *one[2:]] for one in examples]
        model = Workspace(BASE.arguments, enable_logging=False)
        rows = [
            ("predict, native binding (floor)", _each(lambda one: predict(model, one), examples)),
            ("predict, the package's wrapper", _each(model.predict, examples)),
            ("learn, native binding", _each(lambda one: learn(model, one), labelled)),
            ("learn, the package's wrapper", _each(model.learn, labelled)),
            ("decision, whole", _each(lambda one: ranking.decider.decide(*one), queries)),
            ("decision and profile", _each(lambda one: ranking.maker.make(*one), queries)),
            ("encode the decision", _each(DECISION.encode, decisions)),
            ("encode the profile", _each(lambda one: encode_served(one.profile), records)),
        ]
    actions = sum(len(one.actions) for one in decisions) / len(decisions)
    _print(rows, f"{len(queries):,} decisions, {actions:.0f} actions on average")


def _candidate(action: Action) -> Candidate:
    return Candidate(action.product_id, action.category_id, action.relevance, action.prior)


def _each(call: Callable[[_One], object], values: Sequence[_One]) -> float:
    """Return the least mean processor time per value (seconds) over some rounds."""
    means = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for value in values:
            call(value)
        means.append((time.process_time() - started) / len(values))
    return min(means)


def _print(rows: Sequence[tuple[str, float]], title: str) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("us", justify="right")
    table.add_column("to floor", justify="right")
    for name, seconds in rows:
        table.add_row(name, f"{1e6 * seconds:.0f}", f"{seconds / rows[0][1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
