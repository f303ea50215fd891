"""`python -m course_utils apply`: photos through a fast network, from the command line."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ..errors import CourseError, OptionError
from ..images import LARGEST, check_output, save_image
from ..samples import find_image, samples
from ..storage import MIN_SIDE
from .arguments import pictures_in
from .signals import exit_status

if TYPE_CHECKING:
    from ..fast import FastStyle

HELP = "repaint photos with a trained network, in one pass each"
FAILED = 1  # the exit status if a photo could not be repainted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, the photos, and where to write."""
    parser.add_argument("network", help=f"a file that `train` wrote, or one of {', '.join(samples('style'))}, five")
    parser.add_argument(
        "photos",
        nargs="+",
        metavar="photo",
        help=f"picture files, folders of them, or of {', '.join(samples('content'))}",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help="for one photo, the picture to write, in the format of its extension; else a folder, made if need be",
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="longest side of the results, in pixels (the photo's own)"
    )
    parser.add_argument("--painting", metavar="NAME", help="which painting, for a network trained for several")
    parser.add_argument(
        "--mix", metavar="X,…", help="instead, mix its paintings: a weight for each, separated by commas"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar, no closing line")


def run(parsed: argparse.Namespace) -> int:
    """Repaint the photos; return the exit status, 1 if one of them failed.

    Raises:
        CourseError: the network cannot be read, or nothing can be written.
    """
    if parsed.size is not None and not MIN_SIDE <= parsed.size <= LARGEST:
        raise OptionError(f"--size {parsed.size}: it must lie between {MIN_SIDE} and {LARGEST}")
    if parsed.painting is not None and parsed.mix is not None:
        raise OptionError("--painting and --mix: give only one of them")
    painting, photos = _painting(parsed), [photo for source in parsed.photos for photo in pictures_in(source)]
    outputs = _outputs(parsed.output, photos)
    from ..fast import FastStyle

    began = time.perf_counter()
    network = FastStyle.load(parsed.network)
    network.mixture(painting)  # refuses it now, not once for each photo
    done, failed, ended_by = 0, 0, None
    with tqdm(total=len(photos), disable=parsed.quiet or len(photos) == 1, file=sys.stderr, leave=False) as bar:
        try:
            for photo, output in zip(photos, outputs, strict=True):
                try:
                    _repaint(network, photo, output, painting, parsed.size)
                    done += 1
                except CourseError as error:
                    failed += 1
                    text = " ".join(str(error).split())
                    bar.write(f"error: {'' if photo in text else f'{photo}: '}{text}", file=sys.stderr)
                bar.update()
        except KeyboardInterrupt as interruption:
            ended_by = interruption
    if ended_by is not None or not (parsed.quiet or failed == len(photos)):
        print(
            f"{'interrupted: ' if ended_by else ''}{parsed.output}  {done} of {len(photos)}  "
            f"{time.perf_counter() - began:.1f} s"
        )
    return exit_status(ended_by) if ended_by else FAILED if failed else 0


def _outputs(output: str, photos: list[str]) -> list[Path]:
    """Name a picture for each photo: the output itself, or one in a folder of that name, which is made if need be."""
    path = Path(output).expanduser()
    if len(photos) == 1 and path.suffix and not path.is_dir():
        return [check_output(path)]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"cannot make the folder {output}: {error.strerror}") from error
    names = [f"{Path(photo).stem}.png" for photo in photos]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise OptionError(f"two photos would be written to {path / twice}: repaint them one at a time")
    return [path / name for name in names]


def _painting(parsed: argparse.Namespace) -> str | list[float] | None:
    if parsed.mix is None:
        return parsed.painting
    try:
        return [float(part) for part in parsed.mix.split(",")]
    except ValueError as error:
        raise OptionError(f"--mix {parsed.mix}: give numbers separated by commas") from error


def _repaint(
    network: "FastStyle", photo: str, output: Path, painting: str | list[float] | None, size: int | None
) -> None:
    check_output(output, [find_image(photo)])
    save_image(network(photo, painting, size), output)
