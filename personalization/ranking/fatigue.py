"""Fatigue: what this visit was shown several times and left alone gives way to other products."""

from personalization.domain.decision import Adjustment
from personalization.domain.session import Session

FATIGUE = "fatigue"
TIMES = 2
"""Once may have been overlooked."""
AMOUNT = -1.0
"""All that the best product has: whatever was shown less often stands before."""


def fatigue(session: Session) -> tuple[Adjustment, ...]:
    amounts = {product: AMOUNT for product, times in session.left_alone if times >= TIMES}
    return (Adjustment(FATIGUE, amounts),) if amounts else ()
