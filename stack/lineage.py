"""Events of OpenLineage: what each run read and wrote, in a file that is bounded."""

import json
from collections.abc import Mapping
from pathlib import Path

LINEAGE_FILE = "lineage.jsonl"
FORMER_FILE = "lineage.1.jsonl"
LARGEST_BYTES = 16 * 1024 * 1024
"""Some hundred nights; with the file before it, twice that is kept."""
_ELSEWHERE = (
    "AIRFLOW__OPENLINEAGE__TRANSPORT",
    "AIRFLOW__OPENLINEAGE__CONFIG_PATH",
    "AIRFLOW__OPENLINEAGE__CONFIG_CONN_ID",
    "OPENLINEAGE_CONFIG",
    "OPENLINEAGE_URL",
)
"""By any of these the shop says where events go; `AIRFLOW__OPENLINEAGE__DISABLED` ends them."""


def lineage_environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return Airflow's settings for events, those that are given already left as they are."""
    ours = {
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "fitting-room",
        "AIRFLOW__OPENLINEAGE__EXTRACTORS": "dags.lineage.AssetExtractor",
        # A process that is forked for each event would be a second owner of the run's connections.
        "AIRFLOW__OPENLINEAGE__EXECUTE_IN_THREAD": "True",
    }
    if not any(given.get(name) for name in _ELSEWHERE):
        transport = {"type": "file", "log_file_path": str(folder / LINEAGE_FILE), "append": True}
        ours["AIRFLOW__OPENLINEAGE__TRANSPORT"] = json.dumps(transport)
    return {name: value for name, value in ours.items() if name not in given}


def bound_lineage(folder: Path) -> None:
    """Put a file that has grown large in the place of the one before it."""
    current = folder / LINEAGE_FILE
    if current.exists() and current.stat().st_size > LARGEST_BYTES:
        current.replace(folder / FORMER_FILE)
