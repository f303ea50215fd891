"""Behind `python -m course_utils`: one module per subcommand, plus the progress bar, saving and signals."""

from . import apply, doctor, grade, progress, release, slides, stylize, train, video
from .signals import collected, exit_status

# Each has HELP, add_arguments(parser) and run(parsed).
COMMANDS = {
    "stylize": stylize,
    "train": train,
    "apply": apply,
    "video": video,
    "doctor": doctor,
    "slides": slides,
    "progress": progress,
    "release": release,
    "grade": grade,
}

__all__ = ["COMMANDS", "collected", "exit_status"]
