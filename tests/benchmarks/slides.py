"""Opens the slides of all lessons with the network cut, and shows every one of them.

Prints the number of slides, how many are larger than the screen, shrunk, or in trouble, and what is wrong with which.
"""

import tempfile
import time
from pathlib import Path

from course_utils.classroom import find_lessons, write_slides
from tests.browsing import launched
from tests.talk import opened, overflowing


def main() -> None:
    """Print a line for each lesson, and one for each slide that has something wrong with it."""
    print("lesson                      MB  opens in  slides  overflow  shrunk  trouble  smallest text, code")
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        for lesson in find_lessons().values():
            path = write_slides(lesson, Path(folder))
            start = time.perf_counter()
            with opened(browser, path) as talk:
                seconds = time.perf_counter() - start
                slides = talk.slides()
            large = overflowing(slides)
            shrunk = sum(slide["scale"] < 1 for slide in slides)
            troubles = talk.troubles + [each for slide in slides for each in slide["troubles"]]
            text, code = (min(slide[kind] for slide in slides) for kind in ("text", "code"))
            print(f"{lesson.name:24} {path.stat().st_size / 1e6:5.1f} {seconds:7.1f} s {len(slides):7}", end=" ")
            print(f"{len(large):9} {shrunk:7} {len(troubles):8} {text:11.1f}, {code:4.1f} px")
            for slide in large:
                print(f"  {slide['place']}: {slide['width']:.0f} × {slide['height']:.0f} px: {slide['words']!r}")
            for trouble in troubles:
                print(f"  {trouble}")


if __name__ == "__main__":
    main()
