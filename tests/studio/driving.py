"""How tests drive a studio: its real widgets, clicked and moved, in a real asyncio loop."""

import asyncio
import datetime
import time

from course_utils.studio import Studio

SMALL = {"size": 48, "levels": 1, "steps": 6}
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def drive(scenario, **options):
    """Run `await scenario(studio)` inside a loop, with a small studio; return the studio."""

    async def main():
        made = Studio("cat", "great_wave", **SMALL | options)
        await scenario(made)
        return made

    return asyncio.run(main())


async def finish(made):
    await asyncio.wait_for(made.task, 60)


async def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.002)


async def run_to_the_end(made):
    made.buttons["run"].click()
    await finish(made)


def uploaded(name, data):
    return ({"name": name, "type": "", "size": len(data), "content": memoryview(data), "last_modified": LONG_AGO},)
