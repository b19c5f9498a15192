"""The plugin for Vendure in a real shop: what it sells and what it sold, seen from our stores."""

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import ProductId, SessionId
from personalization.domain.product import Product
from personalization.ports.stores import KeptStores
from tests.driven_page import driven_page
from tests.integration.vendure.conftest import GARMENTS, VendureShop
from tests.integration.vendure.graphql import (
    Caller,
    administrator,
    customer,
    place_order,
    refund_pieces,
    variant_of,
)
from tests.integration.vendure.processes import CLIENT, NODE, build_element
from tests.waiting import eventually

PATIENCE_SECONDS = 30.0
MICROS = 1_000_000
_ROW = "document.querySelector('fitting-room-row')"
_SHOWN = f"[...{_ROW}.shadowRoot.querySelectorAll('a[href]')].map((card) => card.pathname)"


def read_product(stores: KeptStores, product_id: str) -> Product:
    return stores.catalogue.read_products([ProductId(product_id)])[ProductId(product_id)]


def is_on_sale(stores: KeptStores, product_id: str) -> bool:
    """Say whether visitors may be shown it."""
    found = stores.catalogue.read_products([ProductId(product_id)]).values()
    return any(product.retired_at is None for product in found)


def description_of(vendure: VendureShop, product_id: str) -> str | None:
    answer = httpx.get(
        f"{vendure.room.address}/v1/catalogue/products/{product_id}",
        headers={"authorization": f"Bearer {vendure.secret_key}"},
    )
    description: str | None = answer.json()["description"]
    return description


def events_of(stores: KeptStores, session: str) -> Sequence[Event]:
    session_id = SessionId(session)
    return stores.history.read_many([session_id]).get(session_id, [])


def orders_of(stores: KeptStores, session: str, kind: EventType) -> list[Event]:
    return [event for event in events_of(stores, session) if event.type is kind]


def await_order(stores: KeptStores, session: str, kind: EventType = EventType.CHECKOUT) -> Event:
    eventually(lambda: bool(orders_of(stores, session, kind)), PATIENCE_SECONDS)
    (event,) = orders_of(stores, session, kind)
    return event


def value_of(event: Event) -> Decimal:
    pieces = zip(event.quantities, event.unit_price_micros, strict=True)
    return Decimal(sum(quantity * price for quantity, price in pieces)) / MICROS


def test_the_shops_garments_are_in_our_catalogue(vendure: VendureShop, stores: KeptStores) -> None:
    eventually(lambda: is_on_sale(stores, f"product-{GARMENTS}"), PATIENCE_SECONDS)
    shirt = variant_of(customer(vendure.shop.address), "white-linen-shirt", 1)

    parent = read_product(stores, shirt["product"])
    medium = read_product(stores, shirt["fittingRoomId"])
    assert (parent.title, parent.brand, parent.currency) == ("White linen shirt", "Alder", "USD")
    assert (medium.group_id, medium.size, medium.stock) == (shirt["product"], "M", 8)
    assert medium.price == shirt["priceWithTax"] / 100
    assert parent.price == medium.price
    categories = {category.category_id: category for category in stores.catalogue.all_categories()}
    shirts = categories[parent.category_id]
    assert shirts.name == "Shirts"
    assert shirts.parent_id is not None
    assert categories[shirts.parent_id].name == "Clothing"


@pytest.mark.parametrize("way", ["field", "header"])
def test_an_order_arrives_as_a_checkout_of_its_visit(
    vendure: VendureShop, stores: KeptStores, way: str
) -> None:
    visit = str(uuid4())
    buyer = customer(vendure.shop.address, visit if way == "header" else None)
    dress = variant_of(buyer, "wrap-dress")
    shirt = variant_of(buyer, "white-linen-shirt")

    order = place_order(buyer, {dress["id"]: 1, shirt["id"]: 2}, visit if way == "field" else None)

    event = await_order(stores, visit)
    assert event.order_id == order.code
    assert event.currency == order.currency == "USD"
    assert dict(zip(event.product_ids, event.quantities, strict=True)) == {
        dress["product"]: 1,
        shirt["product"]: 2,
    }
    assert value_of(event) == Decimal(dress["priceWithTax"] + 2 * shirt["priceWithTax"]) / 100


def test_the_buyer_of_the_readme_buys_for_a_visit(vendure: VendureShop, stores: KeptStores) -> None:
    buyer = subprocess.run(
        [NODE, CLIENT / "dist" / "example" / "buy.js", "wool-trousers", "2"],
        env={**os.environ, **vendure.shop.settings},
        check=False,
        capture_output=True,
        text=True,
    )

    assert buyer.returncode == 0, buyer.stderr
    order, visit = buyer.stdout.splitlines()
    event = await_order(stores, visit)
    assert f"Order {event.order_id} (PaymentSettled, {value_of(event):f} without" in order


def test_an_order_without_a_visit_is_not_sent(vendure: VendureShop, stores: KeptStores) -> None:
    buyer = customer(vendure.shop.address)
    dress = variant_of(buyer, "shirt-dress")
    unnamed = place_order(buyer, {dress["id"]: 1})
    visit = str(uuid4())
    place_order(customer(vendure.shop.address), {dress["id"]: 1}, visit)
    await_order(stores, visit)

    # It was placed before one that has arrived.
    today = [
        event for chunk in stores.history.read_day(datetime.now(UTC).date()) for event in chunk
    ]
    assert today
    assert unnamed.code not in {event.order_id for event in today}


def test_what_is_refunded_is_given_back(vendure: VendureShop, stores: KeptStores) -> None:
    visit, buyer = str(uuid4()), customer(vendure.shop.address)
    polo = variant_of(buyer, "merino-polo")
    order = place_order(buyer, {polo["id"]: 2}, visit)
    await_order(stores, visit)

    refund_pieces(administrator(vendure.shop.address), order.code, 1)

    event = await_order(stores, visit, EventType.REFUND)
    assert (event.order_id, event.product_ids) == (order.code, (polo["product"],))
    assert value_of(event) == Decimal(polo["priceWithTax"]) / 100


def test_a_changed_price_a_sold_piece_and_a_deleted_product_are_seen(
    vendure: VendureShop, stores: KeptStores
) -> None:
    staff = administrator(vendure.shop.address)
    jumper = variant_of(customer(vendure.shop.address), "cable-jumper")
    eventually(lambda: is_on_sale(stores, jumper["fittingRoomId"]), PATIENCE_SECONDS)

    staff.ask(
        "mutation ($id: ID!) { updateProductVariants(input: [{id: $id, price: 9000}]) { id } }",
        id=jumper["id"],
    )
    reduced = variant_of(customer(vendure.shop.address), "cable-jumper")["priceWithTax"] / 100
    assert reduced < jumper["priceWithTax"] / 100
    keys = [jumper["product"], jumper["fittingRoomId"]]
    eventually(
        lambda: [read_product(stores, key).price for key in keys] == [reduced] * 2,
        PATIENCE_SECONDS,
    )

    place_order(customer(vendure.shop.address), {jumper["id"]: 1}, str(uuid4()))
    eventually(lambda: read_product(stores, jumper["fittingRoomId"]).stock == 2, PATIENCE_SECONDS)

    staff.ask("mutation ($id: ID!) { deleteProduct(id: $id) { result } }", id=jumper["parent"])
    eventually(lambda: not is_on_sale(stores, jumper["product"]), PATIENCE_SECONDS)
    eventually(lambda: not is_on_sale(stores, jumper["fittingRoomId"]), PATIENCE_SECONDS)


def test_a_description_is_text_and_a_variant_without_a_price_of_the_channel_is_not_on_sale(
    vendure: VendureShop, stores: KeptStores
) -> None:
    staff = administrator(vendure.shop.address)
    cardigan = variant_of(customer(vendure.shop.address), "cotton-cardigan")
    eventually(lambda: is_on_sale(stores, cardigan["fittingRoomId"]), PATIENCE_SECONDS)

    staff.ask(
        "mutation ($id: ID!, $text: String!) { updateProduct(input: {id: $id,"
        " translations: [{languageCode: en, description: $text}]}) { id } }",
        id=cardigan["parent"],
        text="<p>Warm &amp; <b>soft</b>.</p>",
    )
    eventually(
        lambda: description_of(vendure, cardigan["product"]) == "Warm & soft.",
        PATIENCE_SECONDS,
    )

    channel = staff.ask("{ activeChannel { id } }")["activeChannel"]["id"]
    staff.do(
        "mutation ($id: ID!) { updateChannel(input: {id: $id, availableCurrencyCodes: [USD, EUR]})"
        " { ... on Channel { id } ... on ErrorResult { message } } }",
        id=channel,
    )
    staff.ask(
        "mutation ($id: ID!) { updateProductVariants(input: [{id: $id, prices: ["
        "{currencyCode: EUR, price: 8000}, {currencyCode: USD, price: 0, delete: true}]}])"
        " { id } }",
        id=cardigan["id"],
    )
    eventually(lambda: not is_on_sale(stores, cardigan["fittingRoomId"]), PATIENCE_SECONDS)


def test_the_shops_product_page_shows_a_row_of_its_products(
    vendure: VendureShop, stores: KeptStores, tmp_path: Path
) -> None:
    eventually(lambda: is_on_sale(stores, f"product-{GARMENTS}"), PATIENCE_SECONDS)
    build_element(vendure.room)
    acts = {EventType.PRODUCT_VIEW, EventType.ADD_TO_CART}
    with driven_page(tmp_path / "browser") as page:
        page.go(f"{vendure.shop.address}/product/summer-dress")
        page.wait_for(f"customElements.get('fitting-room-row') && {_SHOWN}.length >= 2")
        slugs = [address.removeprefix("/product/") for address in page.read(_SHOWN)]
        page.read("document.querySelector('button').click()")
        page.wait_for("document.querySelector('[role=status]').textContent")
        basket = page.read("document.querySelector('[role=status]').textContent").split()[-1]
        eventually(lambda: bool(page.sent_to("/v1/track")), PATIENCE_SECONDS)
        visit = page.sent_to("/v1/track")[0]["events"][0]["session_id"]
        # The page sends what it has for two seconds: the browser must not end before.
        eventually(
            lambda: acts <= {event.type for event in events_of(stores, visit)}, PATIENCE_SECONDS
        )
        assert page.faults == []

    buyer = customer(vendure.shop.address)
    dress, *shown = [variant_of(buyer, slug)["product"] for slug in ("summer-dress", *slugs)]
    assert dress not in shown
    categories = {read_product(stores, product_id).category_id for product_id in shown}
    assert categories == {read_product(stores, dress).category_id}
    staff = administrator(vendure.shop.address)
    eventually(lambda: _visit_of(staff, basket) == visit, PATIENCE_SECONDS)


def _visit_of(staff: Caller, code: str) -> str | None:
    """Return the visit that an order names."""
    found = staff.ask(
        "query ($code: String!) { orders(options: {filter: {code: {eq: $code}}})"
        " { items { customFields { fittingRoomSession } } } }",
        code=code,
    )
    [order] = found["orders"]["items"]
    visit: str | None = order["customFields"]["fittingRoomSession"]
    return visit


def test_while_we_are_away_the_shop_sells_on_and_tells_us_later(
    vendure: VendureShop, stores: KeptStores
) -> None:
    staff, buyer = administrator(vendure.shop.address), customer(vendure.shop.address)
    polo, jacket = variant_of(buyer, "oxford-shirt"), variant_of(buyer, "rain-jacket")
    eventually(lambda: is_on_sale(stores, jacket["fittingRoomId"]), PATIENCE_SECONDS)
    before, after, returned = str(uuid4()), str(uuid4()), str(uuid4())
    sold = place_order(customer(vendure.shop.address), {polo["id"]: 2}, returned)
    await_order(stores, returned)
    vendure.room.stop()
    try:
        refund_pieces(staff, sold.code, 1)
        first = place_order(buyer, {polo["id"]: 1}, before)
        assert first.state == "PaymentSettled"
        staff.ask("mutation ($id: ID!) { deleteProduct(id: $id) { result } }", id=jacket["parent"])
        asked = "{ fittingRoomStatus { ordersWaiting } }"
        assert staff.ask(asked)["fittingRoomStatus"] == {"ordersWaiting": 2}

        # What waits survives the shop's own restart.
        vendure.shop.stop()
        vendure.shop.start()
        second = place_order(customer(vendure.shop.address), {polo["id"]: 3}, after)
        assert second.state == "PaymentSettled"
    finally:
        vendure.room.start()

    found = {visit: await_order(stores, visit).order_id for visit in (before, after)}
    assert found == {before: first.code, after: second.code}
    assert await_order(stores, returned, EventType.REFUND).order_id == sold.code
    eventually(lambda: not is_on_sale(stores, jacket["product"]), PATIENCE_SECONDS)
    eventually(lambda: not is_on_sale(stores, jacket["fittingRoomId"]), PATIENCE_SECONDS)


def test_no_key_stands_in_the_shops_log_or_page(vendure: VendureShop) -> None:
    assert vendure.secret_key not in vendure.shop.log.read_text("utf-8")
