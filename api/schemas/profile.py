from dataclasses import dataclass

from personalization.domain.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedProfile(Profile):
    """What a session is shown: scores, slate, and why."""

    decision_token: str | None = None
    """Only of a profile that is made for a session without events and written nowhere. Send it
    beside the `events` that name its decision: by it the decision is made again and kept."""
