from personalization.domain.errors import PersonalizationError


class StackUnavailableError(PersonalizationError):
    """A service of the stack cannot be had or started on this machine."""
