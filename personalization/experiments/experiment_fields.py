"""An experiment from the fields of a document, as an operator writes them."""

from datetime import datetime
from typing import Any

import msgspec

from personalization.domain.errors import InvalidExperimentError
from personalization.experiments.experiment import EXPERIMENT, Experiment


def experiment_of(fields: dict[str, Any], now: datetime) -> Experiment:
    """Raise `InvalidExperimentError`; begun now, with its id as salt unless given."""
    arms = fields.get("arms") or [{"name": "control", "share": 1.0}]
    first = arms[0] if isinstance(arms, list) else None
    whole = {
        "salt": fields.get("experiment_id"),
        "control": first.get("name") if isinstance(first, dict) else "",
        **fields,
        "arms": arms,
        "started_at": now.isoformat(),
    }
    try:
        return EXPERIMENT.decode(msgspec.json.encode(whole))
    except ValueError as error:
        raise InvalidExperimentError(f"{error}") from error
