"""What an experiment measures; more is better for each."""

from enum import StrEnum


class Metric(StrEnum):
    """A number per arm; the formulas are in `personalization.experiments.watched_unit`."""

    CTR = "ctr"
    """Share of the impressions that were clicked."""
    CONVERSION = "conversion"
    """Share of the units that bought something."""
    ORDER_VALUE = "order_value"
    """Mean value of an order."""
    SESSION_SECONDS = "session_seconds"
    """Mean duration of a session from the first exposure on."""
    MRR = "mrr"
    """Mean reciprocal rank of the first engaged product of a seen slate."""
    NDCG = "ndcg"
    """Discounted gain of the engaged products of a seen slate, as a share of the best order's."""
    NOVELTY = "novelty"
    """Mean surprise of what was seen, in bits."""
    COVERAGE = "coverage"
    """Share of the catalogue that was seen by anybody. It belongs to the arm as a whole: there is
    no interval, and nothing is concluded of it."""
