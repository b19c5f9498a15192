from starlette.datastructures import Headers

from personalization.domain.event import Device
from personalization.domain.identifiers import Region
from personalization.tracking.client_hints import REGION, ClientHints, device_of, region_of


def hints_of(headers: Headers, region: str | None = None, device: str | None = None) -> ClientHints:
    """Return what the client stated, where it makes sense, and else what the headers say."""
    stated = region.lower() if region and REGION.fullmatch(region.lower()) else None
    known = device if device in set(Device) else None
    return ClientHints(
        region=Region(stated) if stated else region_of(headers.get("accept-language", "")),
        device=Device(known) if known else device_of(headers.get("user-agent", "")),
    )
