"""UCI 352, Online Retail: the invoices of a British gift shop, and its second edition."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from importers.baskets import BasketLine, OpenBaskets
from importers.countries import region_of
from importers.head_noun import head_noun
from importers.loader import Loader, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.identifiers import CategoryId, ProductId, UserId
from personalization.domain.product import Category, Product

NAME = "online-retail"
REQUIRED = (
    ("InvoiceNo", "Invoice"),
    ("StockCode",),
    ("Description",),
    ("Quantity",),
    ("InvoiceDate",),
    ("UnitPrice", "Price"),
    ("CustomerID", "Customer ID"),
    ("Country",),
)
KINDS: Mapping[Names, ColumnKind] = {
    REQUIRED[0]: ColumnKind.ID,
    REQUIRED[1]: ColumnKind.ID,
    REQUIRED[3]: ColumnKind.WHOLE,
    REQUIRED[4]: ColumnKind.MOMENT,
    REQUIRED[5]: ColumnKind.MONEY,
    REQUIRED[6]: ColumnKind.ID,
}
INVOICE_WINDOW = timedelta(hours=1)
"""The lines of an invoice carry the minute they were typed in, a few minutes apart at most."""
PRODUCTS_A_CATEGORY = 10
"""A noun that fewer products share makes no category of its own."""
OTHER = "other"
_NO_PRODUCTS = frozenset(
    {"POST", "DOT", "C2", "D", "M", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}
)
"""Postage, carriage, discounts, manual entries, samples, bad debt, fees and donations."""
_NO_PRODUCT_PREFIXES = ("GIFT_", "TEST", "ADJUST")
_NOTES = (
    (
        "the data set has no categories: they are derived, from the last noun of a product's"
        f" description where {PRODUCTS_A_CATEGORY} products share it, else '{OTHER}'"
    ),
    "an invoice is one checkout and one session; its time is taken as UTC",
    "a product's title and price are the most frequent on its invoice lines",
)
_ABSENT = {
    "ratings": "the data set has no ratings, so nothing can be ranked by them",
    "views": "the data set has purchases only: no product views and no carts",
    "pictures": "the data set has no pictures of its products",
}


class OnlineRetailLoader(Loader):
    """Invoices become checkouts; returns and what is no product are set aside."""

    time_columns = (REQUIRED[4],)
    columns = REQUIRED
    kinds = KINDS
    currency = "GBP"

    def __init__(self) -> None:
        super().__init__()
        self._baskets = OpenBaskets(INVOICE_WINDOW)
        self._titles: defaultdict[ProductId, Counter[str]] = defaultdict(Counter)
        self._prices: defaultdict[ProductId, Counter[float]] = defaultdict(Counter)
        self._first_day: dict[ProductId, date] = {}

    def take(self, values: Values, sink: ImportSink) -> None:
        number, code, description, quantity, day, unit_price, customer, country = self._select(
            values
        )
        invoice, product_id = _sale(number, quantity), _product_id(code)
        title, price = required_text(description, "description"), _price(unit_price)
        moment = self.checked_moment(day)
        shopper = fields.text(customer)
        line = BasketLine(
            key=invoice,
            moment=moment,
            product_id=product_id,
            user_id=None if shopper is None else UserId(shopper),
            region=sink.readable(region_of, country, "Country"),
        )
        for basket in self._baskets.add(line):
            sink.event(basket.checkout(NAME))
        self._titles[product_id][title] += 1
        self._prices[product_id][price] += 1
        day_sold = moment.date()
        self._first_day[product_id] = min(self._first_day.get(product_id, day_sold), day_sold)

    def finish(self, sink: ImportSink) -> None:
        for basket in self._baskets.close():
            sink.event(basket.checkout(NAME))
        titles = {
            product_id: seen.most_common(1)[0][0] for product_id, seen in self._titles.items()
        }
        nouns = {product_id: head_noun(title) for product_id, title in titles.items()}
        shared = Counter(nouns.values())
        for product_id, title in sorted(titles.items()):
            noun = nouns[product_id]
            has_category = noun is not None and shared[noun] >= PRODUCTS_A_CATEGORY
            sink.product(
                Product(
                    product_id=product_id,
                    category_id=CategoryId(noun if noun and has_category else OTHER),
                    title=title.capitalize(),
                    price=self._prices[product_id].most_common(1)[0][0],
                    currency=self._currency,
                    listed_on=self._first_day[product_id],
                )
            )
        categories = {
            noun for noun, count in shared.items() if noun and count >= PRODUCTS_A_CATEGORY
        }
        for category in sorted(categories | {OTHER}):
            sink.category(Category(category_id=CategoryId(category), name=category.capitalize()))
        sink.notes += _NOTES
        sink.absent |= _ABSENT


def _sale(number: object, quantity: object) -> str:
    """Return the invoice's number, unless it is a return or no sale at all."""
    invoice = required_text(number, "invoice number")
    if invoice.upper().startswith("C"):
        raise RowRejectedError("return", f"invoice {invoice} is a cancellation")
    if not invoice.isdigit():
        raise RowRejectedError("not a sale", f"invoice {invoice}")
    try:
        pieces = fields.whole(quantity)
    except ValueError as error:
        raise RowRejectedError("not a number", f"quantity {quantity!r}") from error
    if pieces is None or pieces <= 0:
        raise RowRejectedError("return", f"quantity {pieces}")
    return invoice


def _product_id(code: object) -> ProductId:
    stock_code = required_text(code, "stock code").upper()
    if stock_code in _NO_PRODUCTS or stock_code.startswith(_NO_PRODUCT_PREFIXES):
        raise RowRejectedError("not a product", f"stock code {stock_code}")
    return ProductId(stock_code)


def _price(unit_price: object) -> float:
    try:
        price = fields.amount(unit_price)
    except ValueError as error:
        raise RowRejectedError("not a number", f"price {unit_price!r}") from error
    if price is None or price <= 0:
        raise RowRejectedError("no price", f"price {price}")
    return price
