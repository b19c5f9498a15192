from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from personalization.domain.errors import InvalidExperimentError

_PARTS = ("policy.PLACEMENT=SPEC", "tuning.NAME=NUMBER", "model=SNAPSHOT")


def arm_of(text: str) -> dict[str, Any]:
    """Return an arm written as `NAME SHARE [policy.home=uniform] [tuning.decay=0.8] [model=...]`.

    Raises `InvalidExperimentError`, which says what is wrong.
    """
    name, *rest = text.split()
    if not rest:
        raise InvalidExperimentError(f"The arm {text!r} lacks its share: write 'NAME SHARE'.")
    arm: dict[str, Any] = {"name": name, "share": _number(rest[0]), "policies": {}, "tuning": {}}
    for part in rest[1:]:
        key, _, value = part.partition("=")
        kind, _, of = key.partition(".")
        match kind, bool(of):
            case "policy", True:
                arm["policies"][of] = value
            case "tuning", True:
                arm["tuning"][of] = _number(value)
            case "model", False:
                arm["model_version"] = value
            case _:
                raise InvalidExperimentError(
                    f"The arm {name} has {part!r}; there are {', '.join(_PARTS)}."
                )
    return arm


def guardrail_of(text: str) -> dict[str, Any]:
    """Return a guardrail written as `METRIC=LARGEST LOSS`, such as `conversion=0.05`."""
    metric, _, loss = text.partition("=")
    return {"metric": metric, "largest_loss": _number(loss)}


def shadows_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return shadows written as `PLACEMENT=SPEC`, by placement."""
    shadows: dict[str, list[str]] = {}
    for text in texts:
        placement, _, spec = text.partition("=")
        shadows.setdefault(placement, []).append(spec)
    return shadows


def fields_of_file(path: Path) -> dict[str, Any]:
    """Return the fields; raises `InvalidExperimentError` where the file is no JSON object."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, ValueError) as error:
        raise InvalidExperimentError(f"{path}: {error}") from error
    return fields


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidExperimentError(f"{text!r} is not a number.") from error
