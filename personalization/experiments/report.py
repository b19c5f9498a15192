from typing import Any

from personalization.experiments.conclusion import Conclusion
from personalization.experiments.metric import Metric
from personalization.experiments.watched_unit import RATIOS


def arm_values(conclusion: Conclusion, arm: str, products: int) -> dict[Metric, float | None]:
    sums = conclusion.measured.sums[arm]
    values: dict[Metric, float | None] = {metric: sums.of(metric).value for metric in RATIOS}
    return {**values, Metric.COVERAGE: len(sums.shown) / products if products else None}


def report_fields(conclusion: Conclusion, products: int) -> dict[str, Any]:
    """Return the fields of the report as JSON has them; `products` is the size of the catalogue."""
    experiment, measured = conclusion.experiment, conclusion.measured
    return {
        "experiment": experiment,
        "sample_ratio": {
            "mismatch": conclusion.ratio.mismatch,
            "p_value": conclusion.ratio.p_value,
            "log_odds": conclusion.ratio.log_odds,
        },
        "waiting": measured.waiting,
        "misplaced": measured.misplaced,
        # Only where there are any, so that reports of past days stay as they were.
        **({"made_up": measured.made_up} if measured.made_up else {}),
        **({"cut_orders": measured.cut_orders} if measured.cut_orders else {}),
        "arms": [
            {
                "arm": arm.name,
                "exposed": measured.exposed_units(arm.name),
                "settled": measured.sums[arm.name].units,
                "fallen_to_control": measured.fallen.get(arm.name, 0),
                "values": arm_values(conclusion, arm.name, products),
            }
            for arm in experiment.arms
        ],
        "conclusions": [
            {
                "arm": arm.arm,
                "standing": arm.standing,
                "reason": arm.reason,
                "contrasts": arm.contrasts,
                "guardrails": [
                    {"guardrail": each.guardrail, "broken": each.broken} for each in arm.guardrails
                ],
            }
            for arm in conclusion.arms
        ],
    }
