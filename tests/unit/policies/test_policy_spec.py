"""Policies as one writes them in a setting."""

import pytest

from personalization.domain.errors import InvalidPolicyError
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec, current_text


@pytest.mark.parametrize("kind", POLICIES)
def test_every_kind_is_read_back_from_its_own_text(kind: str) -> None:
    spec = PolicySpec.of(kind)

    assert PolicySpec.parse(str(spec)) == spec
    assert PolicySpec.parse(kind) == spec


@pytest.mark.parametrize(
    "text", ["epsilon-greedy:epsilon=0.12345678", "epsilon-first:rounds=1234567", "squarecb"]
)
def test_no_digit_of_a_parameter_is_lost_in_the_text_that_decisions_keep(text: str) -> None:
    spec = PolicySpec.parse(text)

    assert PolicySpec.parse(str(spec)) == spec


def test_given_parameters_stand_beside_the_defaults_of_the_others() -> None:
    spec = PolicySpec.parse("thompson-linear:members=10, v=2.5")

    assert (spec["members"], spec["v"], spec["epsilon"]) == (10, 2.5, 0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("greedy", "no policy 'greedy'. There are epsilon-greedy"),
        ("softmax:lambda=2", "no parameter 'lambda'. It has inverse_temperature, epsilon"),
        ("softmax:kind=2", "no parameter 'kind'. It has inverse_temperature, epsilon"),
        ("softmax:cls=2", "no parameter 'cls'. It has inverse_temperature, epsilon"),
        ("epsilon-greedy:epsilon=1.5", "epsilon is a share, 0 to 1, not 1.5"),
        ("thompson-bag:members=2.5", "members is a whole number"),
        ("bayes-ucb:prior=0", "prior is a whole number from 1 on, not 0"),
        ("softmax:inverse_temperature=much", "'much' is not a number"),
        ("softmax:inverse_temperature=nan", "inverse_temperature cannot be nan"),
        ("softmax:inverse_temperature=-1", "inverse_temperature cannot be -1"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidPolicyError, match=said):
        PolicySpec.parse(text)


@pytest.mark.parametrize(
    ("former", "present"),
    [
        ("softmax:sharpness=50,epsilon=0.1", "softmax:inverse_temperature=50,epsilon=0.1"),
        ("squarecb:sharpness=50", "squarecb:gamma=50"),
        ("linucb:width=0.3", "linucb:alpha=0.3"),
        ("thompson-linear:members=4,width=0.3", "thompson-linear:members=4,v=0.3"),
    ],
)
def test_parameters_written_by_earlier_releases_are_read(former: str, present: str) -> None:
    assert PolicySpec.parse(former) == PolicySpec.parse(present)
    assert current_text(former) == str(PolicySpec.parse(present))


def test_the_text_of_a_policy_that_is_gone_stays_as_it_is() -> None:
    assert current_text("hedge:eta=2") == "hedge:eta=2"
