"""What is sent of a profile: 304 where the reader has it already."""

from typing import Final

from starlette.responses import Response

from api.profiles.profile_reader import FoundProfile, ProfileSource

PROFILE_ROUTE: Final = "/v1/profiles/{session_id}"
SOURCE_HEADER: Final = "x-profile-source"
_STALE: Final = '110 - "The profile store does not answer: this is the last profile known"'


def profile_response(found: FoundProfile, if_none_match: str) -> Response:
    headers = {
        "etag": found.profile.etag,
        "cache-control": "private, no-cache",
        SOURCE_HEADER: found.source.value,
    }
    if found.source is ProfileSource.CACHE:
        headers["warning"] = _STALE
    if found.profile.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(found.profile.body, headers=headers, media_type="application/json")
