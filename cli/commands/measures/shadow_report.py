import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.options import HomeOption
from cli.reports.shadow import shadow_json, shadow_table
from personalization.audit.recording import Auditor
from personalization.experiments.editor import ExperimentEditor
from personalization.learning.past_rounds import PastRounds, Period
from personalization.off_policy.shadow_rounds import shadow_rounds
from personalization.wiring import CoreSettings, open_checked

NO_SHADOWS = 1


def shadow_report_command(
    experiment_id: Annotated[str, typer.Argument(metavar="ID", help="The experiment's id.")],
    *,
    home: HomeOption = Path("var"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Show what an experiment's shadow policies would have been worth in what was seen.

    The value is the mean outcome of an impression, -1 to 1, by self-normalised importance weights.
    Where too little of what was shown would have been the shadow's choice, it is refused.
    """
    console = Console(stderr=json)
    settings = CoreSettings.of_home(home)
    with open_checked(settings) as kept:
        experiment = ExperimentEditor(kept.plans, Auditor(kept.audit)).find(experiment_id)
        past = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        until = experiment.ended_at.date() if experiment.ended_at else None
        period = Period(experiment.started_at.date(), until)
        with console.status("Reading what was seen and what came of it"):
            outcomes = past.read_outcomes(period, datetime.now(UTC))
        positions, count = past.impressions(outcomes.settled), len(outcomes.settled)
        title = "Asking the shadows"
        shown = track(positions, title, total=count, console=console, transient=True)
        found = shadow_rounds(shown, experiment_id)
    if waiting := outcomes.waiting:
        console.print(f"{waiting:,} impressions still wait for their outcome: left out.")
    if outcomes.made_up:
        console.print(
            f"{outcomes.made_up:,} impressions are of what was never shown there: left out."
        )
    if not found:
        console.print(f"No position of {experiment_id} with a shadow has its outcome yet.")
        raise typer.Exit(NO_SHADOWS)
    if json:
        sys.stdout.write(shadow_json(found) + "\n")
    else:
        console.print(shadow_table(found))
