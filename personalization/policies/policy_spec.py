"""Which policy fills a placement: its kind and parameters, as one writes them in a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from personalization.domain.blend import EPSILON
from personalization.domain.errors import InvalidPolicyError


class PolicyKind(StrEnum):
    """The kinds of policies; the values are the names in settings, decisions and reports."""

    EPSILON_GREEDY = "epsilon-greedy"
    EPSILON_DECREASING = "epsilon-decreasing"
    EPSILON_FIRST = "epsilon-first"
    SOFTMAX = "softmax"
    SQUARECB = "squarecb"
    LINUCB = "linucb"
    REGCB = "regcb"
    THOMPSON_BAG = "thompson-bag"
    THOMPSON_LINEAR = "thompson-linear"
    POPULARITY = "popularity"
    RATED = "rated"


FLOOR = 0.02
"""Share of exploration that policies keep which would else show some actions never: of those
nothing could be said afterwards."""

_PARAMETERS: Mapping[PolicyKind, Mapping[str, float]] = {
    PolicyKind.EPSILON_GREEDY: {"epsilon": EPSILON},
    PolicyKind.EPSILON_DECREASING: {"epsilon": 1.0, "halfway": 2_000, "floor": FLOOR},
    PolicyKind.EPSILON_FIRST: {"rounds": 5_000, "floor": FLOOR},
    PolicyKind.SOFTMAX: {"sharpness": 200.0, "epsilon": FLOOR},
    PolicyKind.SQUARECB: {"sharpness": 10_000.0, "epsilon": 0.0},
    PolicyKind.LINUCB: {"width": 0.5, "epsilon": FLOOR},
    PolicyKind.REGCB: {"members": 20, "epsilon": FLOOR},
    PolicyKind.THOMPSON_BAG: {"members": 10, "slope": 0.1, "epsilon": FLOOR},
    PolicyKind.THOMPSON_LINEAR: {"members": 20, "width": 0.2, "epsilon": FLOOR},
    PolicyKind.POPULARITY: {"epsilon": FLOOR},
    PolicyKind.RATED: {"epsilon": FLOOR},
}
"""Each kind's parameters with their defaults."""
_SHARES = {"epsilon", "floor"}
_COUNTS = {"members", "rounds"}


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A policy by its kind and all of its parameters."""

    kind: PolicyKind
    parameters: Mapping[str, float]

    @classmethod
    def of(cls, kind: PolicyKind, **parameters: float) -> "PolicySpec":
        """Return a policy with the given parameters, the others at their defaults.

        Raises `InvalidPolicyError` for an unknown parameter or one out of its range.
        """
        known = _PARAMETERS[kind]
        unknown = sorted(set(parameters) - set(known))
        if unknown:
            raise InvalidPolicyError(
                f"Policy {kind} has no parameter {unknown[0]!r}. It has {', '.join(known)}."
            )
        for name, value in parameters.items():
            _check(kind, name, value)
        return cls(kind, {**known, **parameters})

    @classmethod
    def parse(cls, text: str) -> "PolicySpec":
        """Return the policy written as `kind` or `kind:name=number,name=number`.

        Raises `InvalidPolicyError`, which says what is wrong with the text.
        """
        kind, _, rest = text.strip().partition(":")
        if kind not in set(PolicyKind):
            raise InvalidPolicyError(
                f"There is no policy {kind!r}. There are {', '.join(PolicyKind)}."
            )
        given = (part.partition("=") for part in rest.split(",") if part.strip())
        return cls.of(PolicyKind(kind), **{key.strip(): _number(of) for key, _, of in given})

    def __getitem__(self, name: str) -> float:
        """Return a parameter's value."""
        return self.parameters[name]

    def __str__(self) -> str:
        """Return the text that `parse` takes, with every parameter."""
        return f"{self.kind}:" + ",".join(
            f"{key}={_written(of)}" for key, of in self.parameters.items()
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidPolicyError(f"{text!r} is not a number.") from error


def _written(number: float) -> str:
    """Return a number in short, or with all its digits: a past decision is drawn again by it."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _check(kind: PolicyKind, name: str, value: float) -> None:
    if name in _SHARES and not 0.0 <= value <= 1.0:
        raise InvalidPolicyError(f"{kind}: {name} is a share, 0 to 1, not {value:g}.")
    if name in _COUNTS and (value < 1 or value != int(value)):
        raise InvalidPolicyError(f"{kind}: {name} is a whole number from 1 on, not {value:g}.")
    if not isfinite(value) or value < 0:
        raise InvalidPolicyError(f"{kind}: {name} cannot be {value:g}.")
