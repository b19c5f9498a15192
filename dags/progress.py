"""Lines that say how far a run is, for whoever waits for it: `nightly.progress` reads them."""

import json
from datetime import UTC, datetime
from pathlib import Path

HEAD_LENGTH = 200
TAIL_LENGTH = 800


def shorten(reason: str) -> str:
    """Return a reason cut in its middle: long ones end with what failed."""
    if len(reason) <= HEAD_LENGTH + TAIL_LENGTH:
        return reason
    return f"{reason[:HEAD_LENGTH]} ... {reason[-TAIL_LENGTH:]}"


def append_progress(path: Path, task: str, state: str, reason: str | None = None) -> None:
    """Add one change of one task's state; the reason says why it failed."""
    line = {
        "task": task,
        "state": state,
        "at": datetime.now(UTC).isoformat(),
        "reason": shorten(reason) if reason is not None else None,
    }
    with path.open("ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
