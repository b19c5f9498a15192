"""One visit of a feed: fetched, and imported unless it is what it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from importers.catalogue_changes.turn import import_turn
from importers.feeds.feed_folder import FeedFolder
from importers.feeds.fetching import digest_of_url, fetch_feed
from importers.options import ImportOptions, ImportStores
from importers.progress import Progress
from importers.readings.options import format_options
from importers.report import ImportReport
from importers.run import import_dataset
from personalization.domain.errors import ImportRejectedError
from personalization.settings.feeds import FeedSettings, FeedSource

_DIGITS: Final = 12
_UNNAMED: Final = "url-"
_MOST_UNNAMED: Final = 8
"""So many feeds without a name are kept."""


@dataclass(frozen=True, slots=True)
class NamedFeed:
    name: str
    source: FeedSource


def feed_of(name: str, settings: FeedSettings) -> NamedFeed:
    """Return a feed of the settings; `ImportRejectedError` says which there are."""
    if name not in settings.sources:
        known = ", ".join(sorted(settings.sources)) or "none"
        raise ImportRejectedError(
            f"There is no feed {name[:80]!r} in FITTING_ROOM_FEEDS_SOURCES, which has {known}."
        )
    return NamedFeed(name, settings.sources[name])


def feed_at(url: str) -> NamedFeed:
    """Return a feed that is named after its address."""
    host = "".join(letter for letter in urlsplit(url).netloc.casefold() if letter.isalnum())
    return NamedFeed(f"{_UNNAMED}{host[-20:]}-{digest_of_url(url)[:_DIGITS]}", FeedSource(url=url))


def options_of(source: FeedSource, options: ImportOptions) -> ImportOptions:
    """Return options with what the settings say of the feed."""
    written: Mapping[str, str | None] = {
        "decimal": source.decimal,
        "dates": source.dates,
        "encoding": source.encoding,
        "currency": source.currency,
        "delimiter": source.delimiter,
    }
    given = {name: text for name, text in written.items() if text is not None}
    typed = format_options(**given)
    files = replace(
        options.files,
        columns={**source.map, **options.files.columns},
        **{name: getattr(typed, name) for name in given},
    )
    return replace(
        options,
        format=options.format or source.format,
        full=options.full or source.full,
        files=files,
    )


def import_feed(
    feed: NamedFeed,
    stores: ImportStores,
    options: ImportOptions,
    settings: FeedSettings,
    progress: Progress,
) -> ImportReport | None:
    """Fetch and import a feed; return None where it has not changed since the last import.

    Raises as `fetch_feed` and `import_dataset`. A feed that was fetched and not imported is
    fetched again the next time.
    """
    folder = FeedFolder(options.storage.home, feed.name)
    if feed.name.startswith(_UNNAMED):
        folder.remove_older(_UNNAMED, _MOST_UNNAMED)
    with import_turn(folder.path):
        try:
            state = fetch_feed(feed.source.url, folder, settings, progress)
            file = folder.part
            if state is None:
                state, file = folder.read_state(digest_of_url(feed.source.url)), folder.file
                if _is_fresh(state.imported_at, options, settings):
                    return None
            report = import_dataset(
                file,
                stores,
                replace(
                    options_of(feed.source, options), feed=feed.name, feed_members=folder.members
                ),
                progress,
            )
            if not options.dry_run:
                file.replace(folder.file)
                folder.write_state(replace(state, imported_at=options.clock.now()))
            return report
        finally:
            folder.part.unlink(missing_ok=True)


def _is_fresh(imported_at: datetime | None, options: ImportOptions, settings: FeedSettings) -> bool:
    if imported_at is None or options.dry_run or options.retire_all:
        return False
    return options.clock.now() - imported_at < timedelta(hours=settings.unchanged_hours)
