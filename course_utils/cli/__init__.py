"""Behind `python -m course_utils`: one module per subcommand, plus the progress bar, saving and signals."""

from . import doctor, stylize
from .signals import collected, exit_status

COMMANDS = {"stylize": stylize, "doctor": doctor}  # each has HELP, add_arguments(parser) and run(parsed)

__all__ = ["COMMANDS", "collected", "exit_status"]
