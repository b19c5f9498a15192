"""Plots as SVG, drawn from plain numbers; each says in words what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cli.pages.markup import text

WIDTH, HEIGHT = 560, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 12, 22
ROW_HEIGHT = 26
NAME_WIDTH = 170
NAME_LETTERS = 22


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    values: Sequence[float]
    kind: str = "curve"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with, where known, the ends of an interval, and a second one below it."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    second: float | None = None


def figure(drawing: str, size: tuple[float, float], caption: str) -> str:
    width, height = size
    words = escape(caption, quote=True)
    return (
        f'<figure><svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{words}">'
        f"{drawing}</svg><figcaption>{words}</figcaption></figure>"
    )


def lines(curves: Sequence[Curve], ends: tuple[str, str], caption: str) -> str:
    """Draw curves over the same places, named at both ends."""
    most = max((max(curve.values, default=0.0) for curve in curves), default=0.0) or 1.0
    count = max((len(curve.values) for curve in curves), default=0)
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    bottom = HEIGHT - BOTTOM

    def place(number: int, value: float) -> str:
        across = LEFT + plot_width * (number / (count - 1) if count > 1 else 0.5)
        return f"{across:.1f},{bottom - plot_height * value / most:.1f}"

    drawn = [
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
        f'<text class="quiet" x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">'
        f"{most * share:,.0f}</text>"
        for share in (0.0, 0.5, 1.0)
        for height in (bottom - plot_height * share,)
    ]
    for curve in curves:
        points = " ".join(place(number, value) for number, value in enumerate(curve.values))
        drawn.append(f'<polyline class="{curve.kind}" points="{points}"/>')
    first, last = map(text, ends)
    drawn.append(f'<text class="quiet" x="{LEFT}" y="{HEIGHT - 6}">{first}</text>')
    drawn.append(
        f'<text class="quiet" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{last}</text>'
    )
    return figure("".join(drawn), (WIDTH, HEIGHT), caption)


def bars(rows: Sequence[Bar], caption: str) -> str:
    """Draw bars from one line to the right, names before them."""
    reaches = [max(row.value, row.high or 0.0, row.second or 0.0) for row in rows]
    most = max(reaches, default=0.0) or 1.0
    span = WIDTH - NAME_WIDTH - RIGHT
    drawn = []
    for number, row in enumerate(rows):
        top = number * ROW_HEIGHT + 4
        drawn.append(
            f'<text x="{NAME_WIDTH - 8}" y="{top + 13}" text-anchor="end">{text(_short(row.name))}'
            f"</text>{_bar(row.value, top, most, 'bar', span)}"
        )
        if row.second is not None:
            drawn.append(_bar(row.second, top + 10, most, "second", span))
        if row.low is not None and row.high is not None:
            ends = [NAME_WIDTH + span * end / most for end in (row.low, row.high)]
            drawn.append(
                f'<line class="reach" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" '
                f'y1="{top + 4.5}" y2="{top + 4.5}"/>'
            )
    return figure("".join(drawn), (WIDTH, len(rows) * ROW_HEIGHT + 6), caption)


def _bar(value: float, top: float, most: float, kind: str, span: float) -> str:
    width = span * value / most
    return f'<rect class="{kind}" x="{NAME_WIDTH}" y="{top}" width="{width:.1f}" height="9"/>'


def _short(name: str) -> str:
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…"
