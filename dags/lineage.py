"""Names our assets in the events of OpenLineage; Airflow's settings name this class.

Airflow's provider knows how to name files and databases. An asset of ours is neither: it stands
for what the service keeps, wherever that is, so its address is its name.
"""

from typing import Any

from airflow.providers.common.compat.openlineage.facet import Dataset
from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage
from airflow.sdk import Asset

from dags.assets import SCHEME


class AssetExtractor(BaseExtractor):
    """What a task reads and writes is what it has as inlets and outlets."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage[Dataset, Any]:
        return OperatorLineage(
            inputs=_datasets(self.operator.inlets), outputs=_datasets(self.operator.outlets)
        )


def _datasets(assets: list[Asset]) -> list[Dataset]:
    # Airflow ends an address that has no path with a slash.
    return [Dataset(SCHEME, asset.uri.removeprefix(f"{SCHEME}://").rstrip("/")) for asset in assets]
