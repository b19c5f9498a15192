"""Records that no consumer can read, as a broken sender would leave them in the log."""

import random
from uuid import UUID

from faults.shop import FaultyShop
from faults.wiring import open_shop
from personalization.ports.event_log import Message
from personalization.ports.topics import USER_INTERACTIONS

PUBLISH_SECONDS = 30.0
_BODIES = (b"", b"{", b'{"type": "product_view"}', b"\xff\xfe\x00", b"[]", b'{"event_id": 7}')


def publish_garbage(shop: FaultyShop, records: int, chance: random.Random) -> int:
    """Put unreadable records into every partition and return how many."""
    messages = [
        Message(str(UUID(int=chance.getrandbits(128), version=4)), chance.choice(_BODIES))
        for _ in range(records)
    ]
    with open_shop(shop.home, dict(shop.stack.settings())) as stores:
        stores.live.log.publish(USER_INTERACTIONS, messages).result(PUBLISH_SECONDS)
    return records
