"""What a shopper has agreed to, as the shop's page or server says it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum


class ConsentPurpose(StrEnum):
    """What events may be used for; the values are the names in events and in the history."""

    MEASURE = "measure"
    """Count what happened: experiments and reports."""
    PERSONALIZE = "personalize"
    """Choose for this shopper by what they have done."""
    LEARN = "learn"
    """Learn from them for others: priors, models, neighbours."""
    SHARE = "share"
    """Hand it on to others than the shop."""


Consent = tuple[ConsentPurpose, ...]
"""What was agreed to, each purpose once and in their order; an empty one refuses them all."""


UNSAID: Consent = (ConsentPurpose.MEASURE, ConsentPurpose.PERSONALIZE, ConsentPurpose.LEARN)
"""What an event without a consent may be used for: nobody is handed on who did not say so."""


def consent_of(purposes: Iterable[ConsentPurpose]) -> Consent:
    agreed = set(purposes)
    return tuple(purpose for purpose in ConsentPurpose if purpose in agreed)


def agrees(consent: Consent | None, purpose: ConsentPurpose) -> bool:
    """Say whether an event with this consent may be used for a purpose."""
    return purpose in (UNSAID if consent is None else consent)


def narrow(consent: Consent | None, limit: Consent | None) -> Consent | None:
    """Return what both agree to; None where neither says anything."""
    if consent is None or limit is None:
        return limit if consent is None else consent
    return tuple(purpose for purpose in consent if purpose in limit)


def without(consent: Consent, refused: Consent) -> Consent:
    return tuple(purpose for purpose in consent if purpose not in refused)


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatement:
    """A choice, and what events have said since.

    A choice holds until the next one: events can only narrow it, so that a page which has not
    heard of a withdrawal cannot undo it. Without a choice the newest event that says something
    counts.
    """

    chosen: Consent | None = None
    """By a call of its own; None where there was none."""
    chosen_at: datetime = _LONG_AGO
    held_before: Consent | None = None
    """What held when that choice was made: for what was done before it and comes after it."""
    said: Consent | None = None
    """By the newest event since that says something."""
    said_at: datetime = _LONG_AGO
    turned_at: datetime = _LONG_AGO
    """When a refusal of everything was received after something had been agreed to."""
    signalled: Consent = ()
    """What a browser has refused by itself, as by `Sec-GPC`, with an event that said nothing."""
    signalled_at: datetime = _LONG_AGO
    """When last: of before it nothing is agreed to that it refuses, whenever that arrives."""

    @property
    def withheld(self) -> Consent:
        """What a browser has refused since the last word or choice."""
        return self.signalled if self.signalled_at >= max(self.said_at, self.chosen_at) else ()

    @property
    def in_force(self) -> Consent | None:
        """What was said and holds for an event that says nothing; None where nothing was."""
        stated = narrow(self.said, self.chosen)
        return None if stated is None else without(stated, self.withheld)

    def agreement(self, unsaid: Consent) -> Consent:
        """Return what an event that says nothing agrees to; `unsaid` where nobody has spoken."""
        stated = self.in_force
        return without(unsaid, self.withheld) if stated is None else stated

    def choose(self, consent: Consent, moment: datetime) -> "ConsentStatement":
        return ConsentStatement(chosen=consent, chosen_at=moment, held_before=self.in_force)

    def hear(self, said: Consent, moment: datetime) -> "ConsentStatement":
        """Return the statement after an event that happened at a moment, maybe long ago."""
        if moment < self.said_at or moment < self.chosen_at:
            return self
        ends_signal = bool(self.withheld) and moment > self.signalled_at
        if said == self.said and len(said) == len(ConsentPurpose) and not ends_signal:
            # Nothing older can widen it: its moment need not be kept each time.
            return self
        return replace(self, said=said, said_at=moment)

    def signal(self, refused: Consent, moment: datetime) -> "ConsentStatement":
        """Return the statement after an event that says nothing and whose browser refuses some."""
        if moment <= self.signalled_at:
            return self
        return replace(self, signalled=refused, signalled_at=moment)

    def turn(self, before: "ConsentStatement", received_at: datetime) -> "ConsentStatement":
        """Return the statement with the moment at which it began to refuse everything."""
        turns = self.in_force == () and before.in_force != ()
        return replace(self, turned_at=received_at) if turns else self

    def takes_back(self, refused_at: datetime) -> bool:
        """Say whether a refusal of a moment may take something back.

        Once everything is refused only what had come until then can be. A refusal that arrives
        late takes back less than all of that.
        """
        return self.in_force != () or self.said_at < min(refused_at, self.turned_at)

    def is_narrowed_by(self, said: Consent, moment: datetime, unsaid: Consent) -> bool:
        """Say whether what is said takes anything back; `unsaid` is what silence agrees to.

        What was said before the newest word does in any case: others may have agreed since.
        """
        is_late = moment < max(self.said_at, self.chosen_at)
        return is_late or any(purpose not in said for purpose in self.agreement(unsaid))

    def join(self, other: "ConsentStatement") -> "ConsentStatement":
        """Return what two processes have heard: the later choice, and what was said since."""
        last, first = (other, self) if other.chosen_at > self.chosen_at else (self, other)
        joined = last if first.said is None else last.hear(first.said, first.said_at)
        joined = joined.signal(first.signalled, first.signalled_at)
        turned_at = max(self.turned_at, other.turned_at)
        return joined if joined.turned_at == turned_at else replace(joined, turned_at=turned_at)

    def limit(
        self, said: Consent | None, moment: datetime, unsaid: Consent = UNSAID
    ) -> Consent | None:
        """Return what an event of a moment may be used for.

        What it says itself counts as far as nothing was taken back since. Silence of before the
        first word of a visit agrees to no more than `unsaid`, whatever was chosen later.
        """
        limited = self.in_force if said is None else narrow(said, self.chosen)
        if said is not None and self.said_at > moment:
            limited = narrow(limited, self.said)
        if said is not None and limited is not None and self.signalled_at > moment:
            limited = without(limited, self.signalled)
        if moment >= self.chosen_at:
            return limited
        nothing_held = unsaid if said is None else None
        return narrow(limited, nothing_held if self.held_before is None else self.held_before)


NOTHING_STATED = ConsentStatement()
