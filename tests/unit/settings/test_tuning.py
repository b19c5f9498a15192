"""The numbers of the ranking, as settings and as written on the command line."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from personalization.domain.errors import InvalidTuningError
from personalization.domain.tuning import DEFAULT_TUNING, KEPT_BITS, Tuning
from personalization.settings.tuning import TuningSettings


def test_without_any_setting_the_tuning_is_the_default_one_rounded() -> None:
    assert TuningSettings().tuning() == replace(DEFAULT_TUNING, mantissa_bits=KEPT_BITS)


def test_the_environment_turns_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTING_ROOM_TUNING_DIVERSITY", "0.2")
    monkeypatch.setenv("FITTING_ROOM_TUNING_ACTIVATION_EVIDENCE", "4")

    assert TuningSettings().tuning() == Tuning(
        diversity=0.2, activation_evidence=4, mantissa_bits=KEPT_BITS
    )


def test_a_number_out_of_its_range_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITTING_ROOM_TUNING_DECAY", "0")

    with pytest.raises(ValidationError, match="decay"):
        TuningSettings()


def test_a_written_change_keeps_the_other_numbers() -> None:
    settings = TuningSettings(boost_new=0.3)

    changed = settings.with_changes("diversity=0.2, boost_viewed=-0.1").tuning()

    assert changed == replace(settings.tuning(), diversity=0.2, boost_viewed=-0.1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("novelty=1", "no setting 'novelty'"),
        ("diversity", "diversity: .*number"),
        ("diversity=much", "diversity: .*number"),
        ("diversity=3", "diversity: .*less than or equal to 2"),
        ("diversity=nan", "diversity: .*"),
        ("activation_evidence=1.5", "activation_evidence: .*integer"),
    ],
)
def test_what_is_wrong_with_a_written_change_is_said(text: str, reason: str) -> None:
    with pytest.raises(InvalidTuningError, match=reason):
        TuningSettings().with_changes(text)
