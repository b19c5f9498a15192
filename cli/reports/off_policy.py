from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from rich.table import Table

from cli.tables import titled_table
from personalization.off_policy.estimate import Estimate


class PolicyEstimate(NamedTuple):
    policy: str
    estimate: Estimate


def table_of(found: Sequence[PolicyEstimate]) -> Table:
    weights = found[0].estimate.weights
    what = f"{weights.rounds:,} rounds of {weights.sessions:,} sessions, 95 % intervals"
    numbers = ["value", "interval", "ESS", "max weight", "top 1 %"]
    title = f"Mean outcome of an impression, {what}"
    table = titled_table(title, ["policy", "estimator"], numbers, ["verdict"])
    last = None
    for policy, estimate in found:
        if last not in (None, policy):
            table.add_section()
        table.add_row(
            "" if policy == last else policy,
            estimate.estimator.value,
            "-" if estimate.value is None else f"{estimate.value:.4f}",
            "-"
            if estimate.interval is None
            else f"{estimate.interval.low:.4f} .. {estimate.interval.high:.4f}",
            f"{estimate.weights.effective_rounds:,.0f}",
            f"{estimate.weights.largest:.1f}",
            f"{estimate.weights.heaviest_share:.0%}",
            str(estimate.verdict),
        )
        last = policy
    return table


def as_json(found: Sequence[PolicyEstimate]) -> str:
    """Return a JSON list, one object an estimate; a refused value is null."""
    return msgspec.json.encode([_object(*estimate) for estimate in found]).decode()


def _object(policy: str, estimate: Estimate) -> dict[str, object]:
    weights = estimate.weights
    return {
        "policy": policy,
        "estimator": estimate.estimator.value,
        "value": estimate.value,
        "low": estimate.interval and estimate.interval.low,
        "high": estimate.interval and estimate.interval.high,
        "standing": estimate.verdict.standing.value,
        "reasons": list(estimate.verdict.reasons),
        "rounds": weights.rounds,
        "sessions": weights.sessions,
        "effective_rounds": weights.effective_rounds,
        "effective_engaged": weights.effective_engagements,
        "mean_weight": weights.mean,
        "largest_weight": weights.largest,
        "heaviest_share": weights.heaviest_share,
        "unsupported": weights.unsupported,
    }
