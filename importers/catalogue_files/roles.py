"""What columns of a catalogue are, by the names that shops and feeds give them."""

from collections.abc import Mapping
from typing import Final

from importers.readings.kinds import ColumnKind, Names

ROLES: Final[Mapping[str, Names]] = {
    "id": (
        "id", "product_id", "sku", "item_id", "article_id", "article_number", "product_code",
        "item_number",
    ),
    "group_id": (
        "group_id", "item_group_id", "parent_id", "parent", "parent_sku", "variant_of",
        "parent_product_id",
    ),
    "title": ("title", "name", "product_name", "product_title", "item_name"),
    "description": ("description", "body", "long_description", "body_html", "short_description"),
    "category": (
        "category_path", "category", "categories", "product_type", "product_category",
        "category_name", "department",
    ),
    "category_id": ("category_id",),
    "category_parent_id": ("category_parent_id", "parent_category_id"),
    "google_category": ("google_product_category",),
    "brand": ("brand", "vendor", "manufacturer", "brand_name"),
    "gender": ("gender", "sex"),
    "size": ("size", "size_name"),
    "sizes": ("sizes",),
    "colour": ("colour", "color", "base_colour", "colour_name", "color_name"),
    "colours": ("colours", "colors"),
    "material": ("material", "fabric"),
    "tags": ("tags", "keywords", "labels"),
    "price": ("price", "unit_price", "current_price", "product_price", "regular_price"),
    "sale_price": ("sale_price", "special_price", "discount_price", "discounted_price"),
    "sale_dates": ("sale_price_effective_date", "sale_dates"),
    "list_price": (
        "list_price", "original_price", "compare_at_price", "msrp", "rrp", "retail_price",
        "was_price",
    ),
    "currency": ("currency", "currency_code", "price_currency"),
    "cost": ("cost", "cost_price", "cost_of_goods_sold", "cost_per_item", "purchase_price"),
    "availability": ("availability", "in_stock", "stock_status", "is_in_stock", "available"),
    "stock": (
        "stock", "quantity", "inventory", "qty", "stock_quantity", "inventory_quantity",
        "stock_level",
    ),
    "image": (
        "image_url", "image", "image_link", "picture", "picture_url", "img_url", "main_image",
        "image_src", "thumbnail",
    ),
    "images": (
        "image_urls", "additional_image_link", "additional_image_links", "additional_images",
        "images", "image_links", "pictures",
    ),
    "page": ("page_url", "url", "link", "product_url", "page", "canonical_url", "permalink"),
    "listed_on": ("listed_on", "listed_date", "created_at", "release_date", "published_at",
                  "date_added"),
    "available_from": ("available_from", "availability_date", "on_sale_from"),
    "available_until": ("available_until", "expiration_date", "on_sale_until"),
    "rating": ("rating", "stars", "average_rating", "rating_value"),
    "rating_count": ("rating_count", "reviews", "review_count", "ratings_count",
                     "number_of_ratings"),
    "bought": ("bought_last_month", "bought_in_last_month", "sold_last_month"),
    "markets": ("markets", "market", "countries", "regions"),
}  # fmt: skip
"""What a column is -> its known names. The first is the one of the documentation."""
KINDS: Final[Mapping[str, ColumnKind]] = {
    "id": ColumnKind.ID,
    "group_id": ColumnKind.ID,
    "category_id": ColumnKind.ID,
    "category_parent_id": ColumnKind.ID,
    "price": ColumnKind.MONEY,
    "sale_price": ColumnKind.MONEY,
    "list_price": ColumnKind.MONEY,
    "cost": ColumnKind.MONEY,
    "stock": ColumnKind.WHOLE,
    "listed_on": ColumnKind.MOMENT,
    "available_from": ColumnKind.MOMENT,
    "available_until": ColumnKind.MOMENT,
    "rating": ColumnKind.STARS,
    "rating_count": ColumnKind.WHOLE,
    "bought": ColumnKind.WHOLE,
}
FURTHER: Final = (
    "gtin", "ean", "upc", "isbn", "mpn", "barcode", "condition", "age_group", "pattern",
    "size_type", "size_system", "season", "usage", "year", "weight", "shipping_weight",
    "energy_efficiency_class", "is_bundle", "adult", "multipack", "fit", "style", "custom_label_0",
    "custom_label_1", "custom_label_2", "custom_label_3", "custom_label_4",
)  # fmt: skip
"""Columns that are attributes without being called so."""
