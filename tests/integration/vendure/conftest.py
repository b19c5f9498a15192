"""A Vendure shop with twenty-one garments, and the Fitting Room that it feeds."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from personalization.domain.access.api_key import KeyKind
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.keys.editor import KeyEditor, NewKey, Operator
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.ranked_list import a_ranked_list
from tests.integration.afternoon.conftest import free_ports
from tests.integration.vendure.processes import (
    NODE,
    Server,
    fitting_room,
    install,
    populate,
    run,
    run_beside,
)

GARMENTS = 21
_RETRY_SECONDS = "1"


@dataclass(frozen=True, slots=True)
class VendureShop:
    """The two servers, and the folder in which Fitting Room keeps what it knows."""

    shop: Server
    room: Server
    home: Path
    secret_key: str


@pytest.fixture(scope="package")
def packages() -> Path:
    """Return the plugin's build; where Vendure cannot be had tests are skipped, and fail in CI."""

    def give_up(reason: str) -> None:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)

    return install(give_up)


@pytest.fixture(scope="package")
def vendure(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureShop]:
    folder = tmp_path_factory.mktemp("vendure")
    ports, home = free_ports("shop", "room"), folder / "home"
    origin = f"http://127.0.0.1:{ports['shop']}"
    room = fitting_room(home, ports["room"])
    with open_kept(CoreSettings.of_home(home)) as kept:
        _write_priors(kept)
        secret, publishable = _make_keys(kept, origin)
    settings = {
        "PORT": str(ports["shop"]),
        "SHOP_DATABASE": str(folder / "shop.sqlite"),
        "FITTING_ROOM_URL": room.address,
        "FITTING_ROOM_SECRET_KEY": secret,
        "FITTING_ROOM_PAGE_KEY": publishable,
        "RETRY_SECONDS": _RETRY_SECONDS,
    }
    example = packages / "example"
    shop = Server([NODE, example / "server.js"], origin, "/health", folder / "shop.log", settings)
    with run_beside(room) as ready:
        populate([NODE, example / "populate.js"], folder, settings)
        with run(shop):
            ready.result()
            yield VendureShop(shop, room, home, secret)


def _make_keys(kept: KeptStores, origin: str) -> tuple[str, str]:
    """Return the texts of a secret key and of one for the shop's pages."""
    editor, operator = KeyEditor(kept.plans, kept.audit), Operator("ann")
    secret = editor.create(NewKey(kind=KeyKind.SECRET, name="shop server"), operator)
    pages = NewKey(kind=KeyKind.PUBLISHABLE, name="shop pages", origins=(origin,))
    return secret.text, editor.create(pages, operator).text


def _write_priors(kept: KeptStores) -> None:
    """Do what a first night does: without priors there are no rows."""
    generation = a_generation()
    popular = a_ranked_list(*(f"product-{number}" for number in range(1, GARMENTS + 1)))
    rows = [((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), popular)]
    kept.priors.write_many(generation.generation_id, rows)
    kept.priors.register(generation)
    kept.priors.promote(generation.generation_id)


@pytest.fixture
def stores(vendure: VendureShop) -> Iterator[KeptStores]:
    """Return our own stores, as another process reads them."""
    with open_kept(CoreSettings.of_home(vendure.home)) as opened:
        yield opened
