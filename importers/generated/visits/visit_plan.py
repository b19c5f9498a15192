from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from personalization.domain.errors import ImportRejectedError

MOST_VISITS, MOST_DAYS, MOST_USERS = 1_000_000, 730, 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlan:
    """How much is made up; the same plan over the same catalogue makes the same visits."""

    last_day: date
    days: int = 60
    visits: int = 6_000
    """Over all days."""
    users: int = 400
    """Known people who come back; half of the visits are theirs."""
    seed: int = 7

    def __post_init__(self) -> None:
        for value, most, what in (
            (self.visits, MOST_VISITS, "visits"),
            (self.days, MOST_DAYS, "days"),
            (self.users, MOST_USERS, "users"),
        ):
            if not 1 <= value <= most:
                raise ImportRejectedError(f"There are 1 to {most:,} {what}, not {value:,}.")
        if self.seed < 0:
            raise ImportRejectedError("The seed is 0 or more.")

    def visits_by_day(self) -> Iterator[tuple[date, int]]:
        """Yield the days, the first one first, each with its number of visits."""
        whole, rest = divmod(self.visits, self.days)
        first = self.last_day - timedelta(days=self.days - 1)
        for number in range(self.days):
            yield first + timedelta(days=number), whole + (number < rest)
