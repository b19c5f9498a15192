"""Policies as one writes them in a setting."""

import pytest

from personalization.domain.errors import InvalidPolicyError
from personalization.policies.policy_spec import PolicyKind, PolicySpec


@pytest.mark.parametrize("kind", PolicyKind)
def test_every_kind_is_read_back_from_its_own_text(kind: PolicyKind) -> None:
    spec = PolicySpec.of(kind)

    assert PolicySpec.parse(str(spec)) == spec
    assert PolicySpec.parse(kind.value) == spec


@pytest.mark.parametrize(
    "text", ["epsilon-greedy:epsilon=0.12345678", "epsilon-first:rounds=1234567", "squarecb"]
)
def test_no_digit_of_a_parameter_is_lost_in_the_text_that_decisions_keep(text: str) -> None:
    spec = PolicySpec.parse(text)

    assert PolicySpec.parse(str(spec)) == spec


def test_given_parameters_stand_beside_the_defaults_of_the_others() -> None:
    spec = PolicySpec.parse("thompson-linear:members=10, width=2.5")

    assert (spec["members"], spec["width"], spec["epsilon"]) == (10, 2.5, 0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("greedy", "no policy 'greedy'. There are epsilon-greedy"),
        ("softmax:lambda=2", "no parameter 'lambda'. It has sharpness, epsilon"),
        ("epsilon-greedy:epsilon=1.5", "epsilon is a share, 0 to 1, not 1.5"),
        ("thompson-bag:members=2.5", "members is a whole number"),
        ("softmax:sharpness=much", "'much' is not a number"),
        ("softmax:sharpness=nan", "sharpness cannot be nan"),
        ("softmax:sharpness=-1", "sharpness cannot be -1"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidPolicyError, match=said):
        PolicySpec.parse(text)
