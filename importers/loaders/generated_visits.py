"""Made-up visits over a catalogue: a shop's own events, in a file that says what they are."""

from typing import Final

from importers.loaders import event_file
from importers.loaders.event_file import EventFileLoader
from importers.options import Holdout
from importers.sink import ImportSink

NAME: Final = "generated-visits"
GENERATED_COLUMN: Final = "generated_visit"
REQUIRED: Final = (*event_file.REQUIRED, (GENERATED_COLUMN,))


class GeneratedVisitsLoader(EventFileLoader):
    """Held out are the last visits, as of a data set: they are there to be replayed."""

    holdout = Holdout()

    def finish(self, sink: ImportSink) -> None:
        super().finish(sink)
        sink.notes.append("these visits are generated: no shopper in them is real")
