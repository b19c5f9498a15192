"""A Vendure shop as its customers and its staff call it."""

from dataclasses import dataclass, field
from typing import Any, Final

import httpx

PATIENCE_SECONDS: Final = 30.0
_ADMINISTRATOR: Final = "superadmin"
_ORDER: Final = (
    "... on Order { code state totalWithTax currencyCode } ... on ErrorResult { message }"
)
_ADDRESS: Final = {
    "fullName": "A Buyer",
    "streetLine1": "Street 1",
    "city": "Town",
    "postalCode": "10115",
    "countryCode": "DE",
}
_BUYER: Final = {"emailAddress": "buyer@shop.example", "firstName": "A", "lastName": "Buyer"}


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """What the shop says of an order that was paid."""

    code: str
    state: str
    total_minor: int
    currency: str


@dataclass(slots=True)
class Caller:
    """One GraphQL address; the token of its session is kept."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(
            self.url,
            json={"query": query, "variables": variables},
            headers=self.headers,
            timeout=PATIENCE_SECONDS,
        )
        found = answer.json()
        assert "errors" not in found, found
        if token := answer.headers.get("vendure-auth-token"):
            self.headers["authorization"] = f"Bearer {token}"
        data: dict[str, Any] = found["data"]
        return data

    def do(self, mutation: str, **variables: Any) -> dict[str, Any]:
        """Return what the one mutation did; one that was refused fails."""
        (done,) = self.ask(mutation, **variables).values()
        assert "message" not in done, done
        return dict(done)


def customer(address: str, session_header: str | None = None) -> Caller:
    headers = {} if session_header is None else {"x-fitting-room-session": session_header}
    return Caller(f"{address}/shop-api", headers)


def administrator(address: str) -> Caller:
    caller = Caller(f"{address}/admin-api")
    caller.do(
        "mutation ($name: String!) { login(username: $name, password: $name)"
        " { ... on CurrentUser { id } ... on ErrorResult { message } } }",
        name=_ADMINISTRATOR,
    )
    return caller


def variant_of(caller: Caller, slug: str, place: int = 0) -> dict[str, Any]:
    """Return a variant's id, price and our id of it, with those of its product."""
    found = caller.ask(
        "query ($slug: String!) { product(slug: $slug) { id fittingRoomId"
        " variants { id fittingRoomId priceWithTax } } }",
        slug=slug,
    )["product"]
    return {**found["variants"][place], "product": found["fittingRoomId"], "parent": found["id"]}


def place_order(
    caller: Caller, lines: dict[str, int], session_field: str | None = None
) -> PlacedOrder:
    """Buy pieces by variants' ids; the order names the visit in its field, if one is given."""
    for variant, quantity in lines.items():
        caller.do(
            "mutation ($id: ID!, $quantity: Int!) {"
            f" addItemToOrder(productVariantId: $id, quantity: $quantity) {{ {_ORDER} }} }}",
            id=variant,
            quantity=quantity,
        )
    if session_field is not None:
        caller.do(
            "mutation ($session: String) { setOrderCustomFields("
            f"input: {{customFields: {{fittingRoomSession: $session}}}}) {{ {_ORDER} }} }}",
            session=session_field,
        )
    caller.do(
        "mutation ($buyer: CreateCustomerInput!) { setCustomerForOrder(input: $buyer)"
        f" {{ {_ORDER} }} }}",
        buyer=_BUYER,
    )
    caller.do(
        "mutation ($address: CreateAddressInput!) { setOrderShippingAddress(input: $address)"
        f" {{ {_ORDER} }} }}",
        address=_ADDRESS,
    )
    offered = caller.ask("{ eligibleShippingMethods { id } eligiblePaymentMethods { code } }")
    caller.do(
        "mutation ($ids: [ID!]!) { setOrderShippingMethod(shippingMethodId: $ids)"
        f" {{ {_ORDER} }} }}",
        ids=[offered["eligibleShippingMethods"][0]["id"]],
    )
    caller.do(f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ {_ORDER} }} }}')
    paid = caller.do(
        "mutation ($method: String!) { addPaymentToOrder(input: {method: $method, metadata: {}})"
        f" {{ {_ORDER} }} }}",
        method=offered["eligiblePaymentMethods"][0]["code"],
    )
    return PlacedOrder(paid["code"], paid["state"], paid["totalWithTax"], paid["currencyCode"])


def refund_pieces(staff: Caller, code: str, pieces: int) -> None:
    """Give back pieces of the first line of an order, and settle it."""
    found = staff.ask(
        "query ($code: String!) { orders(options: {filter: {code: {eq: $code}}})"
        " { items { id lines { id } payments { id } } } }",
        code=code,
    )["orders"]["items"][0]
    refund = staff.do(
        "mutation ($input: RefundOrderInput!) { refundOrder(input: $input)"
        " { ... on Refund { id state } ... on ErrorResult { message } } }",
        input={
            "lines": [{"orderLineId": found["lines"][0]["id"], "quantity": pieces}],
            "shipping": 0,
            "adjustment": 0,
            "paymentId": found["payments"][0]["id"],
        },
    )
    if refund["state"] != "Settled":
        staff.do(
            'mutation ($id: ID!) { settleRefund(input: {id: $id, transactionId: "1"})'
            " { ... on Refund { id } ... on ErrorResult { message } } }",
            id=refund["id"],
        )
