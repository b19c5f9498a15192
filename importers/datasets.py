"""The formats that can be imported, recognized by the columns of a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from importers.loader import Loader
from importers.loaders import (
    amazon_india,
    amazon_products,
    catalogue_file,
    click_log,
    eshop2008,
    event_file,
    fashion_styles,
    generated_visits,
    online_retail,
    rees46,
    session_lists,
    shopify,
    woocommerce,
)
from importers.readings.options import FormatOptions
from importers.tables.table import spellings


@dataclass(frozen=True, slots=True)
class DatasetFormat:
    """A public data set: its columns tell it, `make` gives its loader for a file."""

    name: str
    title: str
    required: Sequence[Sequence[str]]
    make: Callable[[Path, FormatOptions], Loader]
    generated: bool = False
    """Whether nothing of what happens in it is real."""

    def matches(self, columns: Sequence[str]) -> bool:
        return not self.lacking(columns)

    def lacking(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that a file would need to be of this format."""
        found = spellings(columns, self.required)
        return [names[0] for names, own in zip(self.required, found, strict=True) if own is None]


FORMATS: tuple[DatasetFormat, ...] = (
    DatasetFormat(
        eshop2008.NAME,
        "UCI e-shop clothing 2008 (clicks)",
        eshop2008.REQUIRED,
        lambda _path, _options: eshop2008.Eshop2008Loader(),
    ),
    DatasetFormat(
        online_retail.NAME,
        "UCI Online Retail (invoices)",
        online_retail.REQUIRED,
        lambda _path, _options: online_retail.OnlineRetailLoader(),
    ),
    DatasetFormat(
        rees46.NAME,
        "REES46 multi-category store (views, carts, purchases)",
        rees46.REQUIRED,
        lambda _path, _options: rees46.Rees46Loader(),
    ),
    DatasetFormat(
        amazon_products.NAME,
        "Amazon Products 2023 (catalogue with ratings)",
        amazon_products.REQUIRED,
        amazon_products.AmazonProductsLoader,
    ),
    DatasetFormat(
        amazon_india.NAME,
        "Amazon India listings (catalogue with ratings)",
        amazon_india.REQUIRED,
        lambda _path, _options: amazon_india.AmazonIndiaLoader(),
    ),
    DatasetFormat(
        fashion_styles.NAME,
        "Fashion product styles (catalogue)",
        fashion_styles.REQUIRED,
        lambda _path, _options: fashion_styles.FashionStylesLoader(),
    ),
    DatasetFormat(
        generated_visits.NAME,
        "Generated visits over a catalogue (made up, no real shoppers)",
        generated_visits.REQUIRED,
        lambda _path, _options: generated_visits.GeneratedVisitsLoader(),
        generated=True,
    ),
    DatasetFormat(
        event_file.NAME,
        "A shop's own events (session, time, type, product)",
        event_file.REQUIRED,
        lambda _path, _options: event_file.EventFileLoader(),
    ),
    DatasetFormat(
        session_lists.PREFIXES,
        "Queries (products viewed so far, and the next)",
        session_lists.REQUIRED_PREFIXES,
        lambda _path, _options: session_lists.SessionPrefixLoader(),
    ),
    DatasetFormat(
        session_lists.NAME,
        "Sessions as lists of products",
        session_lists.REQUIRED,
        lambda _path, _options: session_lists.SessionListLoader(),
    ),
    DatasetFormat(
        shopify.NAME,
        "Shopify's export of products",
        shopify.REQUIRED,
        lambda _path, _options: shopify.ShopifyLoader(),
    ),
    DatasetFormat(
        woocommerce.NAME,
        "WooCommerce's export of products",
        woocommerce.REQUIRED,
        lambda _path, _options: woocommerce.WooCommerceLoader(),
    ),
    DatasetFormat(
        catalogue_file.MERCHANT,
        "Feed of Google Merchant Center (XML or tab-separated)",
        catalogue_file.REQUIRED_MERCHANT,
        lambda _path, _options: catalogue_file.CatalogueFileLoader(),
    ),
    # These ask for the fewest columns, so they come last.
    DatasetFormat(
        click_log.NAME,
        "Log of clicks (session, product and, if it has any, time)",
        click_log.REQUIRED,
        lambda _path, _options: click_log.ClickLogLoader(),
    ),
    DatasetFormat(
        event_file.ORDERS,
        "A shop's own orders (one row a line: order, time, product)",
        event_file.REQUIRED_OF_ORDERS,
        lambda _path, _options: event_file.EventFileLoader(is_of_orders=True),
    ),
    DatasetFormat(
        catalogue_file.NAME,
        "A shop's own catalogue (one row a product)",
        catalogue_file.REQUIRED,
        lambda _path, _options: catalogue_file.CatalogueFileLoader(),
    ),
)
OWN_FILES = frozenset(
    {
        catalogue_file.NAME,
        catalogue_file.MERCHANT,
        shopify.NAME,
        woocommerce.NAME,
        click_log.NAME,
        event_file.NAME,
        event_file.ORDERS,
    }
)
"""Formats of a shop's own files, which belong together."""
