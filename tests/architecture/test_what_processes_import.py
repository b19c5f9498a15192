"""What a process imports stays in its memory for as long as it runs."""

import subprocess
import sys

import pytest

_OF_OTHERS = {
    "aiohttp", "airflow", "cassandra", "confluent_kafka", "matplotlib", "pandas", "pyarrow",
    "pyspark", "rich", "scipy", "sklearn",
}  # fmt: skip
"""Of the real stack, the night, importers, reports and tests."""
_OF_THE_API = {"api", "click", "fastapi", "pydantic.v1", "starlette", "typer", "uvicorn"}


@pytest.mark.parametrize(
    ("entry", "refused"),
    [("cli.commands.serving", _OF_OTHERS), ("cli.roles", _OF_OTHERS | _OF_THE_API)],
    ids=["the API of serve", "the roles beside it"],
)
def test_a_process_imports_nothing_that_only_others_use(entry: str, refused: set[str]) -> None:
    program = f"import sys, {entry}; print(*sys.modules)"
    imported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert entry in imported
    assert refused & set(imported) == set()
