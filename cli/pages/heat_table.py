"""A table whose cells are coloured by how far a share is from the whole's."""

from collections import Counter
from collections.abc import Sequence
from math import log2

from cli.pages.markup import text
from personalization.exports.report.figures import CategoryCount

FEWEST_ACTS = 30
"""Of a row or of what a cell would hold by the whole: below, a ratio is mostly chance."""
REST = "other"
"""What the job calls all that are not among the largest."""
STRONGEST = 2.0
"""Powers of two at which the colour is full."""


def heat_table(counts: Sequence[CategoryCount], scope_title: str) -> str:
    """Return lifts: a category's share of a scope's acts over its share of all acts."""
    cells = {(count.scope, count.category): count.acts for count in counts}
    by_scope, by_category = Counter[str](), Counter[str]()
    for count in counts:
        by_scope[count.scope] += count.acts
        by_category[count.category] += count.acts
    whole = by_scope.total()
    categories = _largest_first(by_category)
    titles = "".join(f'<th scope="col">{text(category)}</th>' for category in categories)
    rows = []
    for scope in _largest_first(by_scope):
        acts = by_scope[scope]
        drawn = "".join(
            _cell(cells.get((scope, category), 0), acts * by_category[category] / whole)
            for category in categories
        )
        rows.append(f"<tr><td>{text(scope)}</td><td>{acts:,}</td>{drawn}</tr>")
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">{text(scope_title)}'
        f'</th><th scope="col">acts</th>{titles}</tr></thead><tbody>{"".join(rows)}</tbody>'
        "</table></div>"
    )


def _largest_first(sums: Counter[str]) -> list[str]:
    """Return the names, what is not named at the end."""
    return sorted(sums, key=lambda name: (name == REST, -sums[name], name))


def _cell(found: int, expected: float) -> str:
    if expected < FEWEST_ACTS:
        return f'<td class="heat quiet" title="{found:,}, too few to compare">·</td>'
    lift = found / expected
    strength = min(1.0, abs(log2(lift)) / STRONGEST) if lift > 0 else 1.0
    colour = "--bar" if lift >= 1 else "--second"
    mixed = f"color-mix(in srgb, var({colour}) {60 * strength:.0f}%, transparent)"
    return f'<td class="heat" style="background:{mixed}" title="{found:,}">{lift:.2f}</td>'
