"""The profile that is shown where there is no shopper: of priors, leaving nothing behind."""

from api.profiles.profile_reader import FoundProfile, ProfileReader, ProfileSource
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.profiles.builder import stored_profile
from personalization.tracking.client_hints import ClientHints


async def passing_profile(
    reader: ProfileReader, session_id: SessionId, hints: ClientHints
) -> FoundProfile:
    """Return a profile whose decision is neither stored nor cached: nobody will ask about it."""

    def make() -> FoundProfile:
        now = reader.clock.now()
        session = Session(
            session_id=session_id,
            started_at=now,
            watermark=now,
            region=hints.region,
            device=hints.device,
        )
        stored = stored_profile(reader.stores.maker.make(session, now).profile)
        return FoundProfile(reader.redaction.redact(stored), ProfileSource.UNRECORDED)

    return await reader.blocking.run(make)
