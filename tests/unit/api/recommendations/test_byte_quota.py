"""How many bytes of decisions are kept of a session and of a key."""

import pytest

from api.errors import ProblemError
from api.recommendations.byte_quota import WINDOW_SECONDS, ByteQuota
from personalization.domain.identifiers import SessionId
from personalization.settings.recommendations import RecommendationSettings

MINE, OTHER = SessionId("mine"), SessionId("other")
KIB = 1_024


class QuotaOfTime:
    """A quota of 10 KiB a session and 1 MiB a key, at a time that a test sets."""

    def __init__(self, sessions: int = 100) -> None:
        self.seconds = 0.0
        limits = RecommendationSettings(
            session_kib_per_hour=10, key_mib_per_hour=1, sessions=sessions
        )
        self.quota = ByteQuota(limits, lambda: self.seconds)


def test_a_session_that_used_its_bytes_waits_and_others_do_not() -> None:
    time = QuotaOfTime()
    time.quota.count(MINE, "pk", 10 * KIB)

    with pytest.raises(ProblemError, match="used up") as refused:
        time.quota.check(MINE, "pk")

    assert refused.value.kind.status == 429
    time.quota.check(OTHER, "pk")


def test_after_the_seconds_of_the_answer_it_is_let_in_again_and_not_long_before() -> None:
    for sent in (10, 17, 300):
        time = QuotaOfTime()
        time.seconds = WINDOW_SECONDS * 0.75
        time.quota.count(MINE, "", sent * KIB)
        refusal = time.quota.refusal(MINE)
        assert refusal is not None
        begun = time.seconds

        time.seconds = begun + refusal.seconds - 10
        assert time.quota.refusal(MINE) is not None
        time.seconds = begun + refusal.seconds
        assert time.quota.refusal(MINE) is None


def test_the_former_window_counts_as_far_as_it_reaches_into_the_last_hour() -> None:
    time = QuotaOfTime()
    time.quota.count(MINE, "", 8 * KIB)
    time.seconds = WINDOW_SECONDS * 1.5
    time.quota.count(MINE, "", 7 * KIB)

    refusal = time.quota.refusal(MINE)

    assert refusal is not None
    # 7 + 8 (1 - x) = 10 at x = 5/8 of the window.
    assert refusal.seconds == pytest.approx(WINDOW_SECONDS / 8, abs=2)
    time.seconds = WINDOW_SECONDS * 3.01
    assert time.quota.refusal(MINE) is None


def test_all_sessions_of_a_key_share_its_bytes() -> None:
    time = QuotaOfTime()
    for number in range(128):
        time.quota.count(SessionId(f"session-{number}"), "pk", 8 * KIB)

    refusal = time.quota.refusal(OTHER, "pk")

    assert refusal is not None
    assert refusal.whose == "key"
    assert time.quota.refusal(OTHER, "another") is None


def test_of_too_many_sessions_those_unseen_for_longest_are_forgotten() -> None:
    time = QuotaOfTime(sessions=2)
    for session in (MINE, OTHER, SessionId("third")):
        time.quota.count(session, "", 10 * KIB)

    assert time.quota.refusal(MINE) is None
    assert time.quota.refusal(OTHER) is not None
