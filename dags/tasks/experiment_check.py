"""The hourly look at the running experiments."""

from datetime import UTC, datetime

from dags.wiring import open_experiments
from personalization.experiments.stop_rule import Checked, check


def check_now() -> list[str]:
    """Stop what loses, and return what was found, a line for each arm."""
    with open_experiments() as stores:
        checked = check(stores.desk, stores.past, datetime.now(UTC))
    return [line for one in checked for line in _lines(one)]


def _lines(checked: Checked) -> list[str]:
    name = checked.conclusion.experiment.experiment_id
    stopped = {one.arm for one in checked.stopped}
    return [
        f"{name}/{one.arm}: {one.standing}, {one.reason}"
        + (" (stopped now)" if one.arm in stopped else "")
        for one in checked.conclusion.arms
    ]
