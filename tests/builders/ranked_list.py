"""Builds ranked lists."""

from personalization.domain.prior import RankedList, RankedMember


def a_ranked_list(*member_ids: str) -> RankedList:
    """Return a list of the members, strongest first, evenly falling from 1."""
    members = member_ids or ("shirt-1", "shirt-2")
    return tuple(
        RankedMember(
            member_id=member_id,
            strength=1.0 - index / len(members),
            value=float(100 - index),
            support=100 - index,
        )
        for index, member_id in enumerate(members)
    )
