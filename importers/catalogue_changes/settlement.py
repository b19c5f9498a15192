"""Takes over what an import staged, after everything that may refuse it was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from importers.catalogue_changes.comparison import ChangeCounts, changes_of
from importers.catalogue_changes.grouping import (
    categories_of,
    groups_of,
    refuse_circles,
    take_as_parents,
    write_parents,
)
from importers.catalogue_changes.retirement import Feed, count_missing, retire_missing
from importers.report import ImportReport
from importers.sink import ImportSink
from importers.tables.distinct import DistinctCounter
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from personalization.ports.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How what was staged is taken over."""

    now: datetime
    full: bool
    """Retire what the files lack."""
    force: bool
    """Even if it is more than half of the products on sale."""
    before: DistinctCounter | None = None
    """The products that may be retired, where the catalogue has others too."""
    keeps_known: bool
    """Products that the catalogue has already stay as they are."""
    only_names: bool = False
    """No product is taken over: only events tell of them, and the catalogue has others."""
    writes: bool = True
    """Or else only say what would be written."""


def settle(
    stage: Catalogue,
    catalogue: Catalogue,
    sink: ImportSink,
    way: Settlement,
    report: ImportReport,
) -> None:
    """Write what is new or changed and retire what is missing, and report it.

    Raises `ImportRejectedError` before anything was written, where the files lack more than half
    of the products on sale, where a category is its own parent, and for a group that is too large.
    """
    if way.only_names:
        _note_unknown(sink.unknown, report)
        return
    _complete(stage, sink, way, report)
    categories = categories_of(stage, catalogue, sink)
    refuse_circles(categories, catalogue)
    retires = way.full and _may_retire(catalogue, sink, way, report)
    counts = ChangeCounts()
    touched: set[ProductId] = set()
    if way.writes:
        catalogue.write_categories(categories)
    for changes in changes_of(stage, catalogue, counts, keeps_known=way.keeps_known):
        if way.writes:
            catalogue.write_details(changes.details)
            catalogue.write_products(changes.products)
            touched |= _groups_of(changes.products)
    if retires and way.writes:
        for products in retire_missing(catalogue, Feed(sink.feed, way.before), way.now):
            touched |= _groups_of(products)
    write_parents(catalogue, sorted(touched), way.now)
    report.new_products, report.changed_products = counts.new, counts.changed
    report.unchanged_products = counts.unchanged
    report.changed_fields = dict(counts.fields.most_common())


def _complete(stage: Catalogue, sink: ImportSink, way: Settlement, report: ImportReport) -> None:
    """Put the parents of all variants on the stage, which are products of the feed too."""
    groups = groups_of(stage)
    both = take_as_parents(stage, groups)
    if both:
        report.notes.append(f"{both:,} products are parents and variants at once: taken as parents")
    write_parents(stage, groups, way.now)
    for group in groups:
        sink.feed.add(group)


def _note_unknown(unknown: int, report: ImportReport) -> None:
    """Say how many products of events the catalogue lacks: events alone make no product."""
    if unknown:
        report.notes.append(
            f"{unknown:,} products of these events are not in the catalogue: import it, or give"
            " --add-products to show them by their ids"
        )


def _groups_of(products: Iterable[Product]) -> set[ProductId]:
    """Return the groups of written products, and themselves, for they may be parents."""
    return {product.group_id or product.product_id for product in products}


def _may_retire(
    catalogue: Catalogue, sink: ImportSink, way: Settlement, report: ImportReport
) -> bool:
    found = count_missing(catalogue, Feed(sink.feed, way.before))
    if way.force or not found.missing:
        report.retired = found.missing
        return True
    if found.is_doubtful:
        raise ImportRejectedError(
            f"{found.missing:,} of the {found.on_sale:,} products on sale are not in these files:"
            " that is more than half, as of a file that is only a part. Nothing was imported."
            " Without --full nothing is retired; --full --force-shrink retires them all the same."
        )
    if sink.unnamed:
        report.retirement_refused = found.missing
        report.notes.append(
            f"{found.missing:,} products of the catalogue are not in these files,"
            f" {sink.unnamed:,} rejected rows may be theirs: none was retired. Mend the rows, or"
            " give --force-shrink if those products are really gone"
        )
        return False
    report.retired = found.missing
    return True
