"""What product cards say beyond what decisions read."""

from dataclasses import dataclass

from personalization.domain.product import ProductDetails


@dataclass(frozen=True, slots=True)
class PageDetails:
    page_url: str | None = None
    sizes: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()


NO_DETAILS = PageDetails()


def page_details(details: ProductDetails | None) -> PageDetails:
    """Return what pages read of them; most products without any share one value."""
    if details is None:
        return NO_DETAILS
    found = PageDetails(details.page_url, details.sizes, details.colours)
    return NO_DETAILS if found == NO_DETAILS else found
