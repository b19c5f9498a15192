"""How often one shopper counts: nobody makes a product popular by repeating themselves.

A shopper is a session, or the user whom it named. One who makes many sessions counts as many:
this limits what one visit can do, not what a farm of them can.
"""

from collections.abc import Mapping

from personalization.domain.event import EventType

COUNTED_A_DAY: Mapping[EventType, int] = {
    EventType.PRODUCT_VIEW: 3,
    EventType.CATEGORY_VIEW: 3,
    EventType.ADD_TO_CART: 1,
    EventType.CHECKOUT: 1,
    EventType.IMPRESSION: 0,
    EventType.FEEDBACK: 1,
    EventType.REMOVE_FROM_CART: 1,
    EventType.REFUND: 1,
    EventType.DWELL: 0,
    EventType.HOVER: 0,
    EventType.LOGIN: 0,
    EventType.CONSENT: 0,
}
"""Times that a shopper's events of a type count for one product (or one category viewed) on one
UTC day. Coming back to a product twice says something, a fourth time nothing more; one buys,
carts and judges a thing once a day, and takes it back once. Quantities count once; what needs no
act (impressions, looks) counts for nothing in a night."""
COUNTED_OF_A_CATEGORY = 10
"""The same for a category by its products: looking through ten of them is a usual visit."""
COUNTED_OF_ALL = 1_000
"""The same for all products together: nobody looks at more in a day, programs do."""
SEVERAL_SHOPPERS = 3
"""Fewer shoppers are no crowd. What fewer stand behind has that part of its strength, a third for
one of them; regions of fewer have no lists; and the ratings of fewer make no rating."""
FEWEST_SHOPPERS = 2
"""A trend and a bundle need so many, however low their settings are."""
