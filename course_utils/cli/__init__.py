"""Behind `python -m course_utils`: one module per subcommand, plus the progress bar, saving and signals."""

from . import apply, doctor, stylize, train, video
from .signals import collected, exit_status

# Each has HELP, add_arguments(parser) and run(parsed).
COMMANDS = {"stylize": stylize, "train": train, "apply": apply, "video": video, "doctor": doctor}

__all__ = ["COMMANDS", "collected", "exit_status"]
