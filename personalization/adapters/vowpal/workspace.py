import tempfile

from vowpalwabbit import Workspace

from personalization.domain.errors import DamagedSnapshotError

_RESUMABLE = "--save_resume --preserve_performance_counters"
"""With these, saving, loading and going on gives the bytes of an uninterrupted run."""
_FEW_EXAMPLES = "--example_queue_limit 2"
"""Blank examples of a new workspace: by default 256, which take 8 MB. More are made when a slate
needs them; no answer and no model depends on it."""


def open_hasher(bits: int) -> Workspace:
    """Return a workspace to hash features with, to indexes of so many bits."""
    return Workspace(f"--quiet -b {bits} {_FEW_EXAMPLES}", enable_logging=False)


def open_workspace(model: bytes | None, arguments: str) -> Workspace:
    """Return a workspace with the model, or a cold one that begins with the arguments.

    A model brings its own arguments along; those given are then empty, or change how it explores.
    """
    if model is None:
        return Workspace(f"{arguments} {_RESUMABLE} {_FEW_EXAMPLES}", enable_logging=False)
    with tempfile.NamedTemporaryFile(suffix=".vw") as file:
        file.write(model)
        file.flush()
        command = f"--quiet {_RESUMABLE} {_FEW_EXAMPLES} -i {file.name} {arguments}"
        try:
            return Workspace(command, enable_logging=False)
        except RuntimeError as error:
            raise DamagedSnapshotError(f"Vowpal Wabbit cannot read the model: {error}") from error
