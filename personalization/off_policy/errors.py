from personalization.domain.errors import PersonalizationError


class InvalidRoundsError(PersonalizationError):
    """The logged rounds are no log of a bandit."""
