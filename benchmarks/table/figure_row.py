from dataclasses import dataclass
from typing import Final

LESS: Final = "at most"
MORE: Final = "at least"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of the table; without a goal it only stands beside another."""

    what: str
    today: float
    unit: str = ""
    goal: float | None = None
    wanted: str = LESS
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the goal it is."""
        return self.today / self.goal if self.goal else None

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.today <= self.goal if self.wanted == LESS else self.today >= self.goal

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the line as the table shows it."""
        goal = "" if self.goal is None else f"{self.wanted} {_number(self.goal)}{self.unit}"
        verdict = {None: "", True: "met", False: "missed"}[self.is_met]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return self.what, f"{_number(self.today)}{self.unit}", goal, ratio, verdict


def _number(value: float) -> str:
    if abs(value) >= 100:  # noqa: PLR2004 - three digits say enough
        return f"{value:,.0f}"
    return f"{value:.3g}"
