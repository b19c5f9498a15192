"""The profile that is shown where there is no shopper: of priors, leaving nothing behind."""

from dataclasses import replace

from api.profiles.profile_reader import FoundProfile, ProfileReader, ProfileSource
from personalization.domain.identifiers import SessionId
from personalization.tracking.client_hints import ClientHints


async def passing_profile(
    reader: ProfileReader, session_id: SessionId, hints: ClientHints
) -> FoundProfile:
    """Return a profile whose decision is neither stored nor cached: hardly anybody comes back.

    A page that was loaded ahead may be looked at after all: its token then brings the decision.
    """
    made = await reader.make_from_priors(session_id, hints)
    return replace(made, source=ProfileSource.UNRECORDED)
