"""Which policy fills a placement: its kind and parameters, as one writes them in a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from personalization.domain.errors import InvalidPolicyError
from personalization.policies.policy import Policy
from personalization.policies.registry import POLICIES

_SHARES = {"epsilon", "floor"}
_COUNTS = {"members", "rounds", "prior"}


@dataclass(frozen=True, slots=True)
class PolicySpec:
    kind: str
    parameters: Mapping[str, float]
    _text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Written once: every draw says by which policy it was.
        parameters = [f"{key}={_digits(of)}" for key, of in self.parameters.items()]
        object.__setattr__(self, "_text", f"{self.kind}:{','.join(parameters)}")

    @classmethod
    def of(cls, kind: str, /, **parameters: float) -> "PolicySpec":
        """Raise `InvalidPolicyError` for an unknown kind or parameter or one out of its range."""
        if kind not in POLICIES:
            raise InvalidPolicyError(
                f"There is no policy {kind!r}. There are {', '.join(POLICIES)}."
            )
        policy = POLICIES[kind]
        given = {policy.former_names.get(name, name): of for name, of in parameters.items()}
        for name, value in given.items():
            _check(policy, name, value)
        return cls(kind, {**policy.parameters, **given})

    @classmethod
    def parse(cls, text: str) -> "PolicySpec":
        """Parse `kind` or `kind:name=number,name=number`; raises `InvalidPolicyError`."""
        kind, _, rest = text.strip().partition(":")
        given = (part.partition("=") for part in rest.split(",") if part.strip())
        return cls.of(kind, **{key.strip(): _number(of) for key, _, of in given})

    @property
    def policy(self) -> Policy:
        return POLICIES[self.kind]

    def __getitem__(self, name: str) -> float:
        return self.parameters[name]

    def __str__(self) -> str:
        """Return the text that `parse` takes, with every parameter."""
        return self._text


def current_text(text: str) -> str:
    """Return a policy's text with its parameters' present names; another text stays as it is."""
    try:
        return str(PolicySpec.parse(text))
    except InvalidPolicyError:
        return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidPolicyError(f"{text!r} is not a number.") from error


def _digits(number: float) -> str:
    """Return a number in short, or with all its digits: a past decision is drawn again by it."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _check(policy: Policy, name: str, value: float) -> None:
    if name not in policy.parameters:
        raise InvalidPolicyError(
            f"Policy {policy.name} has no parameter {name!r}. It has "
            f"{', '.join(policy.parameters)}."
        )
    if name in _SHARES and not 0.0 <= value <= 1.0:
        raise InvalidPolicyError(f"{policy.name}: {name} is a share, 0 to 1, not {value:g}.")
    if name in _COUNTS and (value < 1 or value != int(value)):
        raise InvalidPolicyError(
            f"{policy.name}: {name} is a whole number from 1 on, not {value:g}."
        )
    if not isfinite(value) or value < 0:
        raise InvalidPolicyError(f"{policy.name}: {name} cannot be {value:g}.")
