"""A given pair of files, what is learned from and what is tested on, without a store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importers.held_out import HeldOutSessions
from importers.options import ImportOptions
from importers.progress import Progress
from importers.reading import FilePlan
from importers.rejection import UncountedRows
from importers.sink import ImportSink
from importers.source_files import find_source
from personalization.domain.errors import ImportRejectedError
from personalization.domain.event import Event
from personalization.domain.product import Product, ProductDetails


@dataclass(frozen=True, slots=True)
class GivenSessions:
    """The sessions of a pair's second file, and the products of both."""

    sessions: Sequence[Sequence[Event]]
    """By their start, each in time order."""
    categories: dict[str, str]
    """Product -> category."""


class EventSink(ImportSink):
    """Hands events on, and keeps what category each product is of."""

    def __init__(self, take: Callable[[Event], None], categories: dict[str, str]) -> None:
        super().__init__(None, HeldOutSessions(Path("pair"), None))
        self._take = take
        self.category_of = categories

    def event(self, event: Event) -> None:
        super().event(event)
        self._take(event)

    def product(self, product: Product, details: ProductDetails | None = None) -> None:  # noqa: ARG002 - nobody asks for them
        self.category_of.setdefault(product.product_id, product.category_id)


def read_pair(
    train: Path, test: Path, learn: Callable[[Event], None], options: ImportOptions,
    progress: Progress,
) -> GivenSessions:  # fmt: skip
    """Hand the first file's events on, and return the sessions of the second.

    Raises `ImportRejectedError` where a file cannot be read, or has no events.
    """
    sink = EventSink(learn, {})
    _read(train, sink, options, progress)
    sessions: dict[str, list[Event]] = {}
    kept = EventSink(
        lambda event: sessions.setdefault(event.session_id, []).append(event), sink.category_of
    )
    # Made-up times of the second file follow the first.
    kept.last_event = sink.last_event
    _read(test, kept, replace(options, format=None), progress)
    for events in sessions.values():
        events.sort(key=lambda event: event.occurred_at)
    return GivenSessions(
        sorted(sessions.values(), key=lambda events: events[0].occurred_at), sink.category_of
    )


def _read(file: Path, sink: EventSink, options: ImportOptions, progress: Progress) -> None:
    plan = FilePlan(find_source(file, options.format, options.files), options)
    plan.prepare(progress)
    plan.fill(sink, UncountedRows(), progress)
    if not sink.events_by_type:
        raise ImportRejectedError(f"{file.name} has no events.")
