"""The failures a person can cause. Each message says what was wrong and what to do about it."""


class T2IError(Exception):
    """A failure the user can mend. Pages show its message, the command line prints it and exits 2."""


class InputError(T2IError):
    """A request that makes no sense: an empty prompt, an unknown attribute, a number out of range."""


class ImageError(T2IError):
    """A picture that cannot be opened safely, or carries no settings."""


class MissingImage(ImageError):
    """A picture's file that is not there, or may not be read."""


class NotAPicture(ImageError):
    """A file that holds something else."""


class DamagedImage(ImageError):
    """A picture that was cut off or changed on its way."""


class TooLarge(ImageError):
    """A picture with more pixels or bytes than can be opened."""


class WeightsError(T2IError):
    """Weights that are missing, truncated, or belong to another model."""


class DataError(T2IError):
    """Training data that is missing or not in the expected shape."""


class OutputError(T2IError):
    """A result that could not be written where it was asked for."""


class JobError(T2IError):
    """A training job that a place refused, lost or cannot be asked about."""


class Cancelled(T2IError):
    """The user stopped a running generation or training."""
