"""The command line, `python -m course_utils COMMAND`: parses the arguments and runs the subcommand."""

import argparse
import sys
from typing import NoReturn

from .cli import COMMANDS, exit_status
from .errors import CourseError

EXIT_BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CourseError(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Args:
        arguments: what follows the program's name; those of this process if None.
    """
    _survive_narrow_encodings()
    try:
        parsed = _make_parser().parse_args(arguments)
        return parsed.run(parsed)
    except CourseError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except ModuleNotFoundError as error:
        print(f"error: {error}: run `pip install -r requirements.txt` first", file=sys.stderr)
        return EXIT_BAD_INPUT
    except BrokenPipeError:  # whoever was reading our output has gone, as `head` does
        sys.stdout = None
        return EXIT_BAD_INPUT
    except KeyboardInterrupt as interruption:
        print("interrupted before the first step: nothing saved", file=sys.stderr)
        return exit_status(interruption)


def _survive_narrow_encodings() -> None:
    """Replace characters that the terminal's encoding lacks (such as α in Windows' legacy code pages)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m course_utils", description="Neural style transfer.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
