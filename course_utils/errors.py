"""The exceptions that the course raises.

Every message says what was wrong, with the value, and what to do about it.
"""


class CourseError(Exception):
    """The base class; its subclasses say which part of the course refused."""


class ImageError(CourseError):
    """A picture that cannot be read, used or written."""


class ClipError(CourseError):
    """A clip that cannot be read or written."""


class OptionError(CourseError):
    """An option whose value makes no sense; the message names the option."""


class NetworkError(CourseError):
    """A network or a layer that does not exist or cannot be loaded."""


class DeviceError(CourseError):
    """A requested device that TensorFlow does not see."""


class DivergenceError(CourseError):
    """An optimisation whose loss is no longer a finite number."""


class CheckpointError(CourseError):
    """A saved run that cannot be written, read or resumed."""


class SubmissionError(CourseError):
    """Something handed in that cannot be read or graded; the message is for the table of grades."""
