"""Elements of a page, every text escaped; plots are SVG with the page's own colours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

LONGEST_TEXT = 80
STYLE = """
:root { color-scheme: light dark; --page: #fbfbf9; --text: #1d1d1b; --quiet: #64645f;
  --line: #d9d9d2; --bar: #2f6fab; --second: #b4642d; --alarm: #b3261e; --alarm-page: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --page: #171816; --text: #ecece6; --quiet: #a3a39b;
  --line: #3a3b37; --bar: #6ca6dd; --second: #dd9663; --alarm: #ff8a80; --alarm-page: #3b1d1b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
p { max-width: 46rem; margin: .4rem 0; } .quiet { color: var(--quiet); }
.alarm { background: var(--alarm-page); border-left: 4px solid var(--alarm); padding: .6rem .9rem;
  max-width: none; }
.pair { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.pair > figure { flex: 1 1 24rem; } .pair > .scroll { flex: 1 1 36rem; }
figure { margin: .5rem 0; } figcaption { color: var(--quiet); font-size: .85rem; }
.scroll { overflow-x: auto; max-height: 26rem; overflow-y: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; position: sticky; top: 0; background: var(--page); }
th:first-child, td:first-child { text-align: left; }
tr.starved td { color: var(--alarm); font-weight: 600; }
td.heat { text-align: center; padding: .2rem .5rem; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--text); font-size: 11px; }
svg .axis { stroke: var(--line); } svg .quiet { fill: var(--quiet); }
svg .bar { fill: var(--bar); } svg .second { fill: var(--second); }
svg .curve { fill: none; stroke: var(--bar); stroke-width: 2; }
svg .second-curve { fill: none; stroke: var(--second); stroke-width: 2; }
svg .reach { stroke: var(--text); stroke-width: 1.5; }
"""


@dataclass(frozen=True, slots=True)
class PlottedRow:
    cells: Sequence[str]
    is_alarm: bool = False


def text(value: str) -> str:
    """Return a text for a page, cut where a hostile one would spread it."""
    shown = value if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"
    return escape(shown, quote=True)


def paragraph(words: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(words)}</p>' if kind else f"<p>{escape(words)}</p>"


def table(head: Sequence[str], rows: Iterable[PlottedRow]) -> str:
    titles = "".join(f'<th scope="col">{text(title)}</th>' for title in head)
    body = "".join(_row(row) for row in rows)
    return (
        '<div class="scroll" tabindex="0"><table>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: PlottedRow) -> str:
    cells = "".join(f"<td>{text(cell)}</td>" for cell in row.cells)
    return f'<tr class="starved">{cells}</tr>' if row.is_alarm else f"<tr>{cells}</tr>"


def pair(plot: str, beside: str) -> str:
    return f'<div class="pair">{plot}{beside}</div>'


def document(title: str, sections: Iterable[str]) -> str:
    """Return a page that asks nobody for anything: its policy allows its own style alone."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head><body>"
        f"{''.join(sections)}</body></html>\n"
    )
