"""The metrics of this process and of those beside it as one page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

OtherMetrics = Callable[[], Sequence[str]]
"""Returns metrics of processes beside this one in Prometheus' text form, or empty texts."""
_OF_PROCESS: Final = ("process_", "python_")
_CREATED: Final = "_created"
"""Ends the name of a moment, of which there is no sum."""


def merged_metrics(others: Sequence[str]) -> bytes:
    """Return our metrics with those of the other processes added, each counted once.

    What describes a process (its memory, its interpreter) is ours alone.
    """
    own = generate_latest()
    if not any(others):
        return own
    families = {family.name: family for family in text_string_to_metric_families(own.decode())}
    for family in chain.from_iterable(map(text_string_to_metric_families, others)):
        known = families.setdefault(family.name, family)
        if known is not family and not family.name.startswith(_OF_PROCESS):
            known.samples = _sums(known.samples, family.samples)
    return generate_latest(_Families(families.values()))


def _sums(ours: Iterable[Sample], theirs: Iterable[Sample]) -> list[Sample]:
    sums = {(sample.name, *sorted(sample.labels.items())): sample for sample in ours}
    for sample in theirs:
        key = (sample.name, *sorted(sample.labels.items()))
        known = sums.get(key)
        if known is None:
            sums[key] = sample
        elif not sample.name.endswith(_CREATED):
            sums[key] = known._replace(value=known.value + sample.value)
    return list(sums.values())


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)
