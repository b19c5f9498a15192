"""Every error the project raises on purpose; the class docstring is the default message."""


class PersonalizationError(Exception):
    """Something in personalization went wrong."""

    def __init__(self, message: str | None = None) -> None:
        """Take a message, or the docstring of the class where none is given."""
        super().__init__(message or (type(self).__doc__ or "").strip())


class InvalidEventError(PersonalizationError):
    """The event can never be processed: it goes to the dead letter with this reason."""


class StoreUnavailableError(PersonalizationError):
    """A store does not answer now; the same call may succeed later."""


class StoreFullError(StoreUnavailableError):
    """No disk space left: nothing was written. Free some space; writing resumes by itself."""


class GoneDecisionError(PersonalizationError):
    """The decision of a first visit cannot be made again: what it was made of is gone."""


class UnrecordedChangeError(StoreUnavailableError):
    """The change was made, but the audit log does not have it."""


class UnknownProductError(PersonalizationError):
    """The catalogue has no such product."""


class NoActiveGenerationError(StoreUnavailableError):
    """No generation of priors has been promoted yet: run `nightly` first."""


class UnreadCatalogueError(StoreUnavailableError):
    """The catalogue is still being read into memory: ask again in a moment."""


class NothingToCountError(PersonalizationError):
    """There is nothing to count yet: no event, and no product with ratings or sales."""


class GenerationRejectedError(PersonalizationError):
    """The generation failed its checks and was not promoted; the previous one stays active."""


class InvalidRunDateError(PersonalizationError):
    """The run date is after today."""


class DamagedSnapshotError(PersonalizationError):
    """The model snapshot does not match its manifest."""


class RefusedSnapshotError(PersonalizationError):
    """The model failed its checks and was not promoted; the previous snapshot stays current."""


class SupersededError(PersonalizationError):
    """Another writer has stored a newer version: this one must start again from it."""


class ChangedMeanwhileError(SupersededError):
    """It has changed since it was read: read it again and change that."""


class UnknownNameError(PersonalizationError):
    """There is nothing of that name."""


class InvalidCursorError(PersonalizationError):
    """The cursor is none that a page was answered with: begin without one."""


class ImportRejectedError(PersonalizationError):
    """The file cannot be imported at all."""


class FeedUnavailableError(PersonalizationError):
    """The feed cannot be fetched at the moment."""


class SessionTokenError(PersonalizationError):
    """The session token is missing, expired, or belongs to another session."""


class DecisionTokenError(PersonalizationError):
    """The decision token is not one of ours: send it as the profile had it."""


class UserTokenError(PersonalizationError):
    """The user token is not one of ours: ask the shop's server for a new one."""


class InvalidPolicyError(PersonalizationError):
    """The policy is not written as it should be."""


class InvalidRowError(PersonalizationError):
    """A row or a list is asked for in a way that no answer fits."""


class InvalidTuningError(PersonalizationError):
    """The tuning is not written as it should be."""


class InvalidExperimentError(PersonalizationError):
    """The experiment contradicts itself, or asks for something that there is not."""


class InvalidKeyError(PersonalizationError, ValueError):
    """The key is not written as it should be, or may not be changed so."""


class UnknownKeyError(PersonalizationError):
    """There is no such key."""


class NoKeysError(PersonalizationError):
    """The server could be called by nobody: it has no key."""


class DamagedBackupError(PersonalizationError):
    """The backup is not as it was written."""


class RefusedBackupError(PersonalizationError):
    """A backup is not made or restored so."""


class PrivacyKeyError(PersonalizationError):
    """A key of privacy is missing: bring it back."""


class SealedValueError(PersonalizationError):
    """An encrypted value does not open: it was altered, or moved from where it lay."""


class KeyRightsError(PersonalizationError):
    """A key cannot give another one more than it has itself."""


class InvalidRuleError(PersonalizationError, ValueError):
    """The merchandising rules are not written as they should be."""


class InvalidFilterError(PersonalizationError, ValueError):
    """The filter is not written as it should be."""


class UnknownRuleError(UnknownNameError, InvalidRuleError):
    """There is no such rule, or no such version of the rules."""


class UnknownExperimentError(UnknownNameError, InvalidExperimentError):
    """There is no such experiment."""
