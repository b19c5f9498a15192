"""What an order that anybody can send weighs in an experiment, over either store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, ProductId
from personalization.domain.money import MICROS
from personalization.experiments.metric import Metric
from personalization.experiments.order_prices import OrderPrices
from personalization.experiments.past_experiments import PastExperiments
from personalization.ports.catalogue import Catalogue
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.settings.experiments import ExperimentSettings
from tests.builders.event import an_event
from tests.builders.experiment import an_experiment
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.shops.experiment_traffic import a_visit

MUG, POSTER = ProductId("mug"), ProductId("poster")
EXPERIMENT = an_experiment()


def _order(seen: Event, product: ProductId, **overrides: object) -> Event:
    order = replace(
        seen,
        event_id=EventId("order"),
        type=EventType.CHECKOUT,
        occurred_at=seen.occurred_at + timedelta(seconds=5),
        product_ids=(product,),
        slots=(),
        decision_id=None,
    )
    return replace(order, **overrides)  # type: ignore[arg-type]


CASES: list[tuple[ProductId, dict[str, object], float, int]] = [
    (MUG, {"unit_price_micros": (11_000_000,), "quantities": (3,)}, 33.0, 0),
    (MUG, {"unit_price_micros": (10**15,), "quantities": (1,), "currency": "EUR"}, 20.0, 1),
    (MUG, {"unit_price_micros": (3_000_000_000,), "currency": "JPY"}, 10.0, 1),
    (MUG, {"quantities": (100_000,)}, 1_000.0, 1),
    (POSTER, {"unit_price_micros": (10**15,), "quantities": (100_000,)}, 100_000.0, 1),
    (POSTER, {}, 0.0, 0),
    (ProductId("gone"), {"unit_price_micros": (7_000_000,)}, 7.0, 0),
]


@pytest.fixture
def price_list(catalogue: Catalogue) -> Catalogue:
    mug = a_product(product_id=MUG, price=10.0, currency="EUR")
    catalogue.write_products([mug, a_product(product_id=POSTER, price=None)])
    return catalogue


def test_a_line_is_worth_no_more_than_the_catalogue_bears_out(price_list: Catalogue) -> None:
    for product, sent, value, cut in CASES:
        order = _order(an_event(), product, **sent)
        prices = OrderPrices(price_list, ExperimentSettings())
        prices.read([order])

        assert prices.hold(order).value_micros(prices.micros) == value * MICROS, sent
        assert prices.cut == cut


def test_a_false_price_does_not_decide_an_experiment(
    event_history: EventHistory, decision_history: DecisionHistory, price_list: Catalogue
) -> None:
    visit = a_visit(EXPERIMENT, 1, NOON, clicks=False)
    decision_history.append([visit.record])
    false = _order(visit.events[0], MUG, unit_price_micros=(10**15,), quantities=(100_000,))
    event_history.append([*visit.events, false])

    measured = PastExperiments(event_history, decision_history, price_list).measure(
        EXPERIMENT, NOON + timedelta(days=3)
    )

    [arm] = [sums for sums in measured.sums.values() if sums.units]
    assert arm.of(Metric.ORDER_VALUE).value == 2_000
    assert measured.cut_orders == 1
