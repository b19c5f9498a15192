import json
from collections.abc import Mapping

from rich.console import Console

from cli.reports.evaluation import FIGURE_HEADINGS, cells_of
from cli.tables import titled_table
from evaluation.bootstrap import Estimates
from evaluation.returning import ANONYMOUS, RANKINGS, ReturningShoppers, VisitSlice

_SHOWN = 2
"""Hit rate and reciprocal rank: a first page has seen nothing."""


def print_returning(console: Console, found: ReturningShoppers) -> None:
    console.print(
        f"{found.visits:,} held-out visits of {found.people:,} people whom the night knows;"
        f" {found.others:,} of others are left out. Shares of the terms: {_shares(found.shares)}."
    )
    for name, part in _parts(found).items():
        table = titled_table(
            f"{name}, {part.queries:,} queries, %",
            ["ranking"],
            [*FIGURE_HEADINGS[:_SHOWN], *(f"{of} more" for of in FIGURE_HEADINGS[:_SHOWN])],
        )
        for ranking in RANKINGS:
            cells = cells_of(part.resampled.estimates(ranking))[:_SHOWN]
            if ranking != ANONYMOUS:
                cells += cells_of(part.resampled.differences(ranking, ANONYMOUS))[:_SHOWN]
            table.add_row(ranking, *cells)
        console.print(table)
    console.print(
        "`more` is the difference from the anonymous ranking in the same queries; below each "
        "figure its 95 % interval, by the bootstrap over people."
    )


def print_returning_json(found: ReturningShoppers) -> None:
    document = {
        "people": found.people,
        "visits": found.visits,
        "others": found.others,
        "shares": found.shares,
        **{
            name.lower().replace(" ", "_"): {"queries": part.queries, **_rankings(part)}
            for name, part in _parts(found).items()
        },
    }
    print(json.dumps(document, indent=2))  # noqa: T201 - standard output is the product


def _rankings(part: VisitSlice) -> Mapping[str, object]:
    return {
        ranking: {
            "figures": _figures(part.resampled.estimates(ranking)),
            "more": _figures(part.resampled.differences(ranking, ANONYMOUS)),
        }
        for ranking in RANKINGS
    }


def _figures(estimates: Estimates) -> Mapping[str, object]:
    shown = list(estimates.items())[:_SHOWN]
    return {name: {"value": of.value, "interval": [of.low, of.high]} for name, of in shown}


def _parts(found: ReturningShoppers) -> Mapping[str, VisitSlice]:
    return {"First page": found.first_page, "Whole visit": found.whole_visit}


def _shares(shares: Mapping[str, float]) -> str:
    said = [f"{name.removeprefix('taste_')} {share:.2f}" for name, share in shares.items() if share]
    return ", ".join(said) or "none"
