"""Behind `python -m course_utils`: one module for each subcommand, and how a run behaves in a terminal."""

from . import doctor, stylize
from .signals import collected, exit_status

COMMANDS = {"stylize": stylize, "doctor": doctor}  # each has HELP, add_arguments(parser) and run(parsed)

__all__ = ["COMMANDS", "collected", "exit_status"]
