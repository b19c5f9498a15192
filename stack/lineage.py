"""Events of OpenLineage: what each run read and wrote, in a file that is bounded."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
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

_DISABLED = "AIRFLOW__OPENLINEAGE__DISABLED"
_NAMESPACE = "fitting-room"
_PRODUCER = "fitting-room://import"
_RUN_EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_STATISTICS = (
    "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
    "#/$defs/OutputStatisticsOutputDatasetFacet"
)


def record_import(
    folder: Path,
    given: Mapping[str, str],
    *,
    dataset: str,
    source: str,
    rows: Mapping[str, int],
    ended_at: datetime,
) -> None:
    """Add the event of an import to the file, unless the shop has events sent elsewhere or ended.

    `rows` are those written to each of our assets (`dags/assets.py`); one without rows is left out.
    """
    if given.get(_DISABLED, "").casefold() == "true" or any(given.get(name) for name in _ELSEWHERE):
        return
    statistics = {"_producer": _PRODUCER, "_schemaURL": _STATISTICS}
    outputs = [
        {
            "namespace": _NAMESPACE,
            "name": name,
            "outputFacets": {"outputStatistics": {**statistics, "rowCount": count}},
        }
        for name, count in rows.items()
        if count
    ]
    event = {
        "eventTime": ended_at.isoformat(),
        "eventType": "COMPLETE",
        "producer": _PRODUCER,
        "schemaURL": _RUN_EVENT,
        "run": {"runId": str(uuid.uuid4()), "facets": {}},
        "job": {"namespace": _NAMESPACE, "name": f"import.{dataset}", "facets": {}},
        "inputs": [{"namespace": "file", "name": source, "facets": {}}],
        "outputs": outputs,
    }
    folder.mkdir(parents=True, exist_ok=True)
    bound_lineage(folder)
    with (folder / LINEAGE_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def lineage_environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Return Airflow's settings for events, those that are given already left as they are."""
    ours = {
        "AIRFLOW__OPENLINEAGE__NAMESPACE": _NAMESPACE,
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
