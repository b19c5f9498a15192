from collections.abc import Mapping

import msgspec
from rich.table import Table

from cli.tables import titled_table
from personalization.off_policy.estimate import Estimate, estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.shadow_rounds import ShadowName, ShadowRounds


def shadow_table(found: Mapping[ShadowName, ShadowRounds]) -> Table:
    numbers = ["positions", "agreement", "served", "shadow", "95 % interval"]
    title = "Shadows beside what served"
    table = titled_table(title, ["placement", "policy"], numbers, ["verdict"])
    for name, rounds in found.items():
        served, shadow = _estimates(rounds)
        interval = shadow.interval
        table.add_row(
            *name,
            f"{len(rounds.rewards):,}",
            f"{rounds.agreement:.0%}",
            _value(served.value),
            _value(shadow.value),
            f"{interval.low:.4f} .. {interval.high:.4f}" if interval is not None else "-",
            str(shadow.verdict),
        )
    return table


def shadow_json(found: Mapping[ShadowName, ShadowRounds]) -> str:
    objects = []
    for name, rounds in found.items():
        served, shadow = _estimates(rounds)
        objects.append(
            {
                **name._asdict(),
                "positions": len(rounds.rewards),
                "agreement": rounds.agreement,
                "served": served.value,
                "value": shadow.value,
                "interval": shadow.interval,
                "standing": shadow.verdict.standing,
                "reasons": shadow.verdict.reasons,
            }
        )
    return msgspec.json.encode(objects).decode()


def _estimates(rounds: ShadowRounds) -> tuple[Estimate, Estimate]:
    served = estimate(Estimator.SNIPS, rounds.weigh_logging())
    return served, estimate(Estimator.SNIPS, rounds.weigh())


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
