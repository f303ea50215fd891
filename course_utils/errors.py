"""What the course raises when something asked for cannot be had.

Every message says what was wrong, with the value, and what to do about it.
"""


class CourseError(Exception):
    """Anything that the course refuses; its children say in which part."""


class ImageError(CourseError):
    """A picture that cannot be read, used or written."""


class OptionError(CourseError):
    """An option whose value makes no sense; the message names the option."""


class NetworkError(CourseError):
    """A network or a layer that cannot be had."""


class DeviceError(CourseError):
    """A device asked for that TensorFlow does not see."""


class DivergenceError(CourseError):
    """An optimisation whose loss is no longer a finite number."""


class CheckpointError(CourseError):
    """A saved run that cannot be written, read or gone on with."""
