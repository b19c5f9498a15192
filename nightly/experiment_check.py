"""The hourly look at the running experiments."""

from datetime import UTC, datetime

from nightly.wiring import open_experiments
from personalization.experiments.stop_rule import Checked, check


def check_now() -> list[str]:
    """Stop what loses, and return what was found, a line for each arm."""
    with open_experiments() as stores:
        checked = check(stores.editor, stores.past, datetime.now(UTC))
    return [line for other_check in checked for line in _lines(other_check)]


def _lines(checked: Checked) -> list[str]:
    name = checked.conclusion.experiment.experiment_id
    stopped = {stopped_arm.arm for stopped_arm in checked.stopped}
    return [
        f"{name}/{conclusion.arm}: {conclusion.standing}, {conclusion.reason}"
        + (" (stopped now)" if conclusion.arm in stopped else "")
        for conclusion in checked.conclusion.arms
    ]
