"""Off-policy estimates as a table for people and as JSON for programs."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from rich.table import Table

from personalization.off_policy.estimate import Estimate


class PolicyEstimate(NamedTuple):
    """An estimate and the policy that it is of."""

    policy: str
    estimate: Estimate


def table_of(found: Sequence[PolicyEstimate]) -> Table:
    """Return policies by estimators."""
    weights = found[0].estimate.weights
    table = Table(
        title=f"Mean outcome of a position, {weights.rounds:,} rounds of "
        f"{weights.sessions:,} sessions, 95 % intervals",
        title_justify="left",
    )
    for name in ("policy", "estimator"):
        table.add_column(name)
    for name in ("value", "interval", "ESS", "max weight", "top 1 %"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    last = None
    for policy, one in found:
        if last not in (None, policy):
            table.add_section()
        table.add_row(
            "" if policy == last else policy,
            one.estimator.value,
            "-" if one.value is None else f"{one.value:.4f}",
            "-" if one.interval is None else f"{one.interval.low:.4f} .. {one.interval.high:.4f}",
            f"{one.weights.effective_rounds:,.0f}",
            f"{one.weights.largest:.1f}",
            f"{one.weights.heaviest_share:.0%}",
            str(one.verdict),
        )
        last = policy
    return table


def as_json(found: Sequence[PolicyEstimate]) -> str:
    """Return a JSON list, one object an estimate; a refused value is null."""
    return msgspec.json.encode([_object(*one) for one in found]).decode()


def _object(policy: str, one: Estimate) -> dict[str, object]:
    weights = one.weights
    return {
        "policy": policy,
        "estimator": one.estimator.value,
        "value": one.value,
        "low": one.interval and one.interval.low,
        "high": one.interval and one.interval.high,
        "standing": one.verdict.standing.value,
        "reasons": list(one.verdict.reasons),
        "rounds": weights.rounds,
        "sessions": weights.sessions,
        "effective_rounds": weights.effective_rounds,
        "effective_engaged": weights.effective_engaged,
        "mean_weight": weights.mean,
        "largest_weight": weights.largest,
        "heaviest_share": weights.heaviest_share,
        "unsupported": weights.unsupported,
    }
