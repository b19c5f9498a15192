"""A model into which somebody has written."""

import tempfile
from pathlib import Path

from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.workspace import open_workspace


def with_a_weight(model: bytes | None, number: float) -> bytes:
    """Return the model with this number as one of its weights."""
    workspace = open_workspace(model, "" if model else BASE.arguments)
    workspace.set_weight(7, 0, number)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        workspace.save(str(path))
        return path.read_bytes()
