"""The currency of a file's prices, by the signs beside them."""

from importers.rejection import RowRejectedError
from personalization.readings.currencies import currencies_of, looks_like_currency, settle


class Prices:
    """All columns of prices share one currency; an option goes before what the files say."""

    def __init__(self, currency: str | None, otherwise: str) -> None:
        """Take the option, and the currency of the data set where the files name none."""
        self._option = currency
        self._otherwise = otherwise
        self._marks: dict[str, frozenset[str]] = {}
        self._examples: dict[str, str] = {}

    def see(self, mark: str, text: str) -> bool:
        """Take a currency into account; False if there is another text beside the amount."""
        known = currencies_of(mark)
        if known and mark not in self._marks:
            self._marks[mark] = known
            self._examples[mark] = text
        return bool(known) or not mark

    def problem(self) -> str | None:
        if self._option is not None or not self._marks or self.currency is not None:
            return None
        listed = ", ".join(f"`{text}`" for text in self._examples.values())
        if frozenset.intersection(*self._marks.values()):
            return f"prices: {listed} may be in several currencies. Name it with --currency."
        return (
            f"prices are in several currencies: {listed}. Import one currency at a time, or name"
            " the one to keep with --currency; rows with another are then rejected."
        )

    @property
    def currency(self) -> str | None:
        """The one currency, where the option or the files name it."""
        if self._option is not None:
            return self._option
        return settle(self._marks, self._otherwise) if self._marks else None

    def reading(self) -> str:
        if self._option is not None:
            return f"{self._option} (as given)"
        if self.currency is not None:
            return f"{self.currency} (`{next(iter(self._examples.values()))}`)"
        return f"{self._otherwise} (the files name none; --currency names another)"

    def check(self, mark: str, text: str) -> None:
        """Refuse `5%`, `5k` and an amount in another currency than the rest."""
        known = currencies_of(mark)
        if mark and not known:
            reason = "unknown currency" if looks_like_currency(mark) else "not a price"
            raise RowRejectedError(reason, text)
        if known and self.currency not in known:
            raise RowRejectedError("another currency", f"{text} is not in {self.currency}")
