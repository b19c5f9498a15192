"""The page of `fitting-room report`: a pure function of its figures."""

from collections.abc import Iterator, Sequence

from cli.pages.heat_table import FEWEST_ACTS, heat_table
from cli.pages.markup import PlottedRow, document, pair, paragraph, table, text
from cli.pages.plots import Bar, Curve, bars, lines
from nightly.report import ShopReport
from personalization.exports.report.figures import (
    ELSEWHERE,
    CategoryCount,
    DayActivity,
    Dimension,
    Funnel,
    PlacementRevenue,
)
from personalization.exports.report.starvation import (
    CATALOGUE_WEIGHT,
    FAR_BELOW,
    LEAST_SESSIONS,
    ExposureStanding,
    JudgedGroup,
    judge_groups,
)
from personalization.priors.drift.generation_drift import GenerationDrift, Mover
from personalization.statistics.ratio_sums import Interval

MOVERS_SHOWN = 8
_TITLES = {
    Dimension.CATEGORY: "By category",
    Dimension.BRAND: "By brand",
    Dimension.PRICE: "By price band",
    Dimension.NEWNESS: "By days since the product was listed",
}


def report_page(report: ShopReport) -> str:
    """Return one HTML document."""
    days = f"{report.first_day} to {report.last_day}"
    figures = report.figures
    judged = judge_groups(figures.exposures)
    sections = [
        f"<h1>Fitting Room report</h1>{paragraph(f'{days}, whole days in UTC.', 'quiet')}",
        *_alarm(judged),
        *_activity(figures.days),
        *_funnel(figures.funnel),
        *_exposure(judged),
        *_revenue(figures.placements),
        *_tastes(figures.regions, figures.seasons),
        *_drift(report.drift),
    ]
    return document(f"Fitting Room report, {days}", sections)


def _alarm(judged: Sequence[JudgedGroup]) -> Iterator[str]:
    starved = [group for group in judged if group.standing is ExposureStanding.STARVED]
    if starved:
        named = ", ".join(
            f"{group.exposure.dimension.value} {text(group.exposure.group)}" for group in starved
        )
        yield (
            f'<p class="alarm" role="alert"><strong>Exploration starves {len(starved)} '
            f"{'group' if len(starved) == 1 else 'groups'} of products:</strong> {named}. "
            "The tables of exposure below say by how much; more exploration, a rule that boosts "
            "the group, or a look at what keeps it out (filters, stock, missing pictures) help.</p>"
        )
    elif any(group.standing is ExposureStanding.FAIR for group in judged):
        yield paragraph("No group of products is starved of impressions.")


def _activity(days: Sequence[DayActivity]) -> Iterator[str]:
    yield "<h2>Daily activity</h2>"
    if not days:
        yield paragraph("No event of these days is in the tables.")
        return
    plot = lines(
        [
            Curve("views", [day.views for day in days]),
            Curve("sessions", [day.sessions for day in days], "second-curve"),
        ],
        (str(days[0].day), str(days[-1].day)),
        "Product views (first colour) and sessions (second) of each day that has events",
    )
    head = ["day", "sessions", "events", "impressions", "views", "carts", "orders", "refunds"]
    rows = [
        PlottedRow(
            [
                str(day.day),
                *(
                    f"{number:,}"
                    for number in (
                        day.sessions, day.events, day.impressions, day.views, day.carts,
                        day.orders, day.refunds,
                    )
                ),
            ]
        )
        for day in reversed(days)
    ]  # fmt: skip
    yield pair(plot, table(head, rows))


def _funnel(funnel: Funnel) -> Iterator[str]:
    yield "<h2>Funnel</h2>"
    steps = [
        ("came", funnel.visited),
        ("saw a recommendation", funnel.saw),
        ("opened one", funnel.opened),
        ("viewed a product", funnel.viewed),
        ("added to the cart", funnel.carted),
        ("ordered", funnel.bought),
    ]
    rows = [
        PlottedRow(
            [name, f"{count:,}", _percent(count / funnel.visited if funnel.visited else 0.0)]
        )
        for name, count in steps
    ]
    plot = bars([Bar(name, count) for name, count in steps], "Sessions that did it at all")
    yield pair(plot, table(["sessions that", "count", "of all"], rows))
    if funnel.visited and not funnel.saw:
        yield paragraph(
            "No impression is kept of these days: the history was imported or the storefront "
            "reports none (docs/front-end.md), so what recommendations did cannot be told."
        )
    elif funnel.saw and not funnel.bought:
        yield paragraph("No order is kept of these days.")


def _exposure(judged: Sequence[JudgedGroup]) -> Iterator[str]:
    yield "<h2>Exposure against sales</h2>"
    yield paragraph(
        "Shares of impressions beside shares of order lines and of the products on sale. A group "
        "is starved if even the upper end of the interval of its share of impressions is below "
        f"{FAR_BELOW:g} of what it is due: the lower end of its share of order lines, or, with "
        f"fewer than {LEAST_SESSIONS} sessions that ordered, {CATALOGUE_WEIGHT:g} of its share of "
        "the catalogue. Intervals are Wilson's over sessions, 95 % for all groups of a table "
        f"together; below {LEAST_SESSIONS} sessions with impressions nothing is judged. The rule "
        "sees shares, not reasons: a group may be shown little because shoppers refuse it."
    )
    if not any(group.exposure.shown.groups for group in judged):
        yield paragraph("No impression of these days is in the tables, so exposure is not judged.")
    for dimension, title in _TITLES.items():
        groups = [group for group in judged if group.exposure.dimension is dimension]
        if len(groups) > 1:
            yield f"<h3>{title}</h3>"
            yield _exposure_of(dimension, groups)
        else:
            yield paragraph(f"{title}: the catalogue does not tell products apart so.", "quiet")


def _exposure_of(dimension: Dimension, groups: Sequence[JudgedGroup]) -> str:
    ordered = sorted(groups, key=lambda group: -group.catalogue_share)
    plot = _exposure_plot(dimension, ordered)
    head = [
        dimension.value,
        "products",
        "of catalogue",
        "of impressions",
        "of order lines",
        "found",
    ]
    rows = [
        PlottedRow(
            [
                group.exposure.group,
                f"{group.exposure.products:,}",
                _percent(group.catalogue_share),
                _share(group.exposure.shown.value, group.shown),
                _share(group.exposure.sold.value, group.sold),
                group.standing.value,
            ],
            is_alarm=group.standing is ExposureStanding.STARVED,
        )
        for group in ordered
    ]
    return pair(plot, table(head, rows))


def _exposure_plot(dimension: Dimension, groups: Sequence[JudgedGroup]) -> str:
    if not any(group.exposure.shown.groups for group in groups):
        return bars(
            [Bar(group.exposure.group, group.catalogue_share) for group in groups],
            f"By {dimension.value}: share of the catalogue",
        )
    sold = any(group.exposure.sold.groups for group in groups)
    beside = "order lines" if sold else "the catalogue"
    drawn = [
        Bar(
            group.exposure.group,
            group.exposure.shown.value or 0.0,
            group.shown.low if group.shown is not None else None,
            group.shown.high if group.shown is not None else None,
            (group.exposure.sold.value or 0.0) if sold else group.catalogue_share,
        )
        for group in groups
    ]
    return bars(
        drawn,
        f"By {dimension.value}: share of impressions with its interval, and below it of {beside}",
    )


def _revenue(placements: Sequence[PlacementRevenue]) -> Iterator[str]:
    yield "<h2>Revenue by placement</h2>"
    if not placements:
        yield paragraph("No order line is kept of these days.")
        return
    yield paragraph(
        "A line is the placement's from which its visit last opened, carted or bought the product. "
        "That says where shoppers went on, not what they would have bought without: an experiment "
        "does (docs/experiments.md). Refunds are not taken off."
    )
    named = [
        (placement.placement or "not from a recommendation", placement) for placement in placements
    ]
    for currency in dict.fromkeys(placement.currency for placement in placements):
        rows = [(name, found) for name, found in named if found.currency == currency]
        money = currency or "the shop's currency"
        plot = bars([Bar(name, found.revenue) for name, found in rows], f"Revenue in {money}")
        head = ["placement", "order lines", "without a price", "revenue", "of all"]
        whole = sum(found.revenue for _, found in rows)
        yield pair(
            plot,
            table(
                head,
                [
                    PlottedRow(
                        [
                            name,
                            f"{found.lines:,}",
                            f"{found.unpriced:,}",
                            f"{found.revenue:,.2f}",
                            _percent(found.revenue / whole if whole else 0.0),
                        ]
                    )
                    for name, found in rows
                ],
            ),
        )
    if all(placement.placement == ELSEWHERE for placement in placements):
        yield paragraph("No bought product was opened from a decision that is kept of these days.")


def _tastes(regions: Sequence[CategoryCount], seasons: Sequence[CategoryCount]) -> Iterator[str]:
    yield "<h2>Regional tastes</h2>"
    rule = (
        "How many times as often as everywhere a category is viewed, carted or bought: 2 is twice "
        f"as often. A dot stands where fewer than {FEWEST_ACTS} would be expected."
    )
    if len({count.scope for count in regions}) > 1:
        yield paragraph(rule) + heat_table(regions, "region")
    else:
        yield paragraph("The events name fewer than two regions, so there is nothing to compare.")
    yield "<h2>Season</h2>"
    if len({count.scope for count in seasons}) > 1:
        yield paragraph(f"Of the year up to the last day, where the shopper was. {rule}")
        yield heat_table(seasons, "season")
    else:
        yield paragraph(
            "The year up to the last day has events of one season only: there is no other to "
            "compare it with yet."
        )


def _drift(drift: GenerationDrift | str) -> Iterator[str]:
    yield "<h2>Drift of the priors</h2>"
    if isinstance(drift, str):
        yield paragraph(drift)
        return
    popularity = drift.popularity
    yield paragraph(
        f"From {drift.before} to {drift.now}: the stability index of popularity is "
        f"{popularity.index:.3f} (below 0.1 little moved, above 0.25 much did); "
        f"{popularity.products_now:,} products have a share, before {popularity.products_before:,}."
    )
    compared = [row for row in drift.tables if row.compared]
    rows = [
        PlottedRow(
            [
                row.table.value, f"{row.lists_before:,}", f"{row.lists_now:,}",
                _percent(row.gone), _percent(row.came), f"{row.overlap:.2f}",
            ]
        )
        for row in compared
    ]  # fmt: skip
    plot = bars(
        [Bar(row.table.value, row.overlap) for row in compared],
        "Overlap of the first ten of each list, 1 being the same",
    )
    yield pair(plot, table(["table", "lists before", "now", "gone", "new", "overlap"], rows))
    movers = (*popularity.rose[:MOVERS_SHOWN], *popularity.fell[:MOVERS_SHOWN])
    if movers:
        yield "<h3>Popularity that moved most</h3>"
        yield table(["product", "before", "now", "change"], map(_mover, movers))


def _mover(mover: Mover) -> PlottedRow:
    return PlottedRow(
        [
            mover.member,
            f"{mover.before:.3%}",
            f"{mover.now:.3%}",
            f"{100 * mover.change:+.3f} points",
        ]
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _share(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "-"
    if interval is None:
        return _percent(value)
    return f"{_percent(value)} ({_percent(interval.low)} to {_percent(interval.high)})"
