"""The slots of one placement by columns: of a list of 500, few ever look at one."""

from collections.abc import Sequence

from personalization.domain.decision import Slot
from personalization.domain.identifiers import ProductId
from personalization.domain.slates.lazy_tuple import LazyTuple


class SlotTable(LazyTuple[Slot]):
    """Drawn slots at the positions from 0 on, none of them pinned."""

    def __init__(
        self,
        placement: str,
        product_ids: Sequence[ProductId],
        propensities: Sequence[float],
        explored: Sequence[bool],
    ) -> None:
        super().__init__()
        self.placement = placement
        self.product_ids = product_ids
        self.propensities = propensities
        self.explored = explored

    def __len__(self) -> int:
        return len(self.product_ids)

    def _make(self) -> tuple[Slot, ...]:
        columns = zip(self.product_ids, self.propensities, self.explored, strict=True)
        return tuple(
            [
                Slot(
                    position=position,
                    product_id=product_id,
                    propensity=propensity,
                    explored=explored,
                    placement=self.placement,
                )
                for position, (product_id, propensity, explored) in enumerate(columns)
            ]
        )


def slot_table(slots: Sequence[Slot]) -> SlotTable | None:
    """Return slots as the table that they are; None where they are none."""
    return slots if type(slots) is SlotTable else None
