from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from rich.console import Console
from rich.table import Table

from cli.tables import titled_table
from personalization.replay.decision_replay import Replayed, ReplayedFrom

DECISIONS_SHOWN = 20
FIELDS_SHOWN = 8
WIDEST = 60


@dataclass(slots=True)
class Report:
    counts: Counter[tuple[ReplayedFrom, bool]] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    different: list[Replayed] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.counts.total()

    def add(self, replayed: Sequence[Replayed]) -> None:
        for result in replayed:
            self.counts[result.made_from, result.is_equal] += 1
            if result.why:
                self.why[result.why] += 1
        self.different.extend(result for result in replayed if not result.is_equal)

    def as_json(self) -> str:
        return msgspec.json.encode(
            {
                "decisions": self.total,
                "equal": self.total - len(self.different),
                "made_from": [
                    {"from": made_from, "equal": equal, "decisions": count}
                    for (made_from, equal), count in sorted(self.counts.items())
                ],
                "missing": dict(self.why),
                "different": self.different,
            }
        ).decode()

    def print_to(self, console: Console) -> None:
        if not self.total:
            return
        console.print(self._table())
        for why, count in self.why.most_common(FIELDS_SHOWN):
            console.print(f"{count:,}: {why}")
        for result in self.different[:DECISIONS_SHOWN]:
            console.print(f"\n{result.decision_id} differs, made again from {result.made_from}:")
            for each in result.differences[:FIELDS_SHOWN]:
                console.print(
                    f"  {each.path}: kept {_short(each.before)}, now {_short(each.after)}",
                    markup=False, highlight=False, soft_wrap=True,
                )  # fmt: skip
            if len(result.differences) > FIELDS_SHOWN:
                console.print(f"  and {len(result.differences) - FIELDS_SHOWN:,} fields more")

    def _table(self) -> Table:
        title = f"{self.total:,} decisions made again"
        table = titled_table(title, ["from"], ["equal", "different"])
        for made_from in ReplayedFrom:
            equal, different = self.counts[made_from, True], self.counts[made_from, False]
            if equal or different:
                table.add_row(made_from.value, f"{equal:,}", f"{different:,}")
        return table


def _short(text: str) -> str:
    return (text if len(text) <= WIDEST else f"{text[:WIDEST]}…") or "nothing"
