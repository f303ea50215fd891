"""The whole optimisation behind widgets, alive while it runs (lesson 7): `Studio()` in a notebook.

A run is an asyncio task in the kernel's own loop: it does one step of `Transfer`, and then lets the kernel take
clicks. No threads.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np

from . import views
from .controls import LIVE, Controls, in_labels, make_buttons
from .cost import estimate_run
from .errors import CourseError, DeviceError, OptionError
from .images import Upload, load_image
from .kernel import in_loop, interrupts, only_one_in_cell, running_loop
from .monitor import Monitor
from .options import Options
from .panels import Gallery
from .pictures import Picker, Uploader
from .recipe import Recipe, read_recipe, recipe_of, save_with_recipe, steps_in_words
from .transfer import Step, Transfer

WIDTH = 416  # px, of each of the two columns
LISTEN = 0.005  # seconds between two steps in which the kernel takes clicks


class Studio(widgets.VBox):
    """Choose two pictures, press Run, and turn the knobs while it works."""

    def __init__(self, content: str = "pagoda", style: str | Sequence[str] = "great_wave", **changes: Any) -> None:
        """Show the studio, idle.

        Args:
            content: a sample's name, or a path.
            style: the same, or a list of several.
            changes: options by name, as for `Transfer`.

        Raises:
            CourseError: its children, for pictures and options that cannot be had.
        """
        self._loop = running_loop()
        self.content = Picker("content", "Content: what to show", [content])
        styles = style if isinstance(style, (list, tuple)) else [style]
        self.style_picture = Picker("style", "Style: how to paint it", styles, many=True)
        self._first = Options(**changes)
        self.controls = Controls(self._first)
        self.mask = Uploader("a mask …", "A grey picture: white where a painting goes.", self._take_mask)
        self.buttons = make_buttons()
        self.buttons["run"].on_click(self._wait)
        for name, button in self.buttons.items():
            button.on_click(in_loop(self._loop, lambda _, name=name: getattr(self, f"_{name}")()))
        self.filename = widgets.Text("studio.png", description="save as", tooltip="The name must end in .png.")
        self.monitor, self.gallery, self.code = Monitor(), Gallery(), widgets.HTML()
        for name in LIVE:
            self.controls.by_name[name].observe(in_loop(self._loop, self._weights_moved), "value")
        self.run: Transfer | None = None
        self.task: asyncio.Task | None = None
        self._going, self._moved, self._begun = asyncio.Event(), False, False
        super().__init__(self._layout())
        self._enter("idle", "Ready. Press Run.")
        only_one_in_cell(self._stop)

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "Studio":
        """Show a studio with the settings inside a PNG that a studio has saved.

        Raises:
            CourseError: its children; among them an uploaded picture that is not at hand any more.
        """
        recipe = read_recipe(path)
        studio = cls(recipe.content, recipe.style, **recipe.changes())
        if recipe.remarks:
            studio.code.value = views.code(recipe.code())
        return studio

    def __repr__(self) -> str:
        """Return what stands in the studio's place where there is no kernel."""
        return "the studio: choose a photo and a painting, and press Run"

    def _layout(self) -> list[widgets.Widget]:
        row, upside_down = {"flex_flow": "row wrap"}, {"flex_flow": "row wrap-reverse", "align_items": "flex-end"}
        choice = [self.content, self.style_picture, self.controls, self.mask]
        saving = widgets.HBox([self.buttons[name] for name in ("save", "keep", "code", "estimate")], layout=row)
        buttons = widgets.HBox([self.buttons[name] for name in ("run", "pause", "stop", "reset")], layout=row)
        work = [buttons, self.monitor, self.filename, saving, self.code]
        columns = [widgets.VBox(each, layout={"width": f"{WIDTH}px"}) for each in (choice, work)]
        return [widgets.HBox(columns, layout=upside_down), self.gallery]  # in a narrow window the work comes first

    def _enter(self, state: str, text: str, failed: bool = False) -> None:
        """Change the state, and say so."""
        self.state = state
        self.monitor.say(text, failed)
        self._enable()

    def _enable(self) -> None:
        """Let those buttons be pressed that the state has a use for."""
        state = self.state
        active = state in ("running", "paused")
        self.buttons["run"].disabled = active
        self.buttons["reset"].disabled = active
        self.buttons["pause"].disabled = self.buttons["stop"].disabled = not active
        self.buttons["pause"].description = "Resume" if state == "paused" else "Pause"
        self.buttons["pause"].icon = "play" if state == "paused" else "pause"
        for name in ("keep", "save"):
            self.buttons[name].disabled = self.run is None or not self.run.history

    def recipe(self) -> Recipe:
        """Return what the current picture is made from; before the first run, what the widgets say."""
        if self.run is None:
            return Recipe(self.content.source, self.style_picture.source, self.controls.options())
        return recipe_of(self.run, *self._sources, self._steered)

    def _wait(self, _: Any) -> None:
        """Answer a click on Run at once: another cell may keep the loop busy for long."""
        if self.state not in ("running", "paused"):
            self.monitor.say("Waiting for the notebook's other cells …")

    def _run(self) -> None:
        if self.state in ("running", "paused"):
            return
        self._begun, self.code.value = False, ""
        self._enter("running", "Loading the network …")
        self._going.set()
        self.task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Do the run, step by step; every way out leaves a state from which Run works."""
        try:
            await asyncio.sleep(LISTEN)  # shows the message
            self._begin()
            while (step := self._next_step()) is not None:
                if step.index == 1:
                    self._enable()  # there is something to keep
                if self._interrupted:
                    self._pause_with("Interrupted")
                await asyncio.sleep(LISTEN)
                await self._going.wait()
            worse = self.run.best_index == 0 and self.run.losses.total > 0
            hint = " No step was better than its start: lower the learning rate." if worse else ""
            self._end(f"Finished after {self._done()}.{hint}")
        except asyncio.CancelledError:
            self._end(f"Stopped after {self._done()}. Run starts anew.")
        except DeviceError as error:  # before a run there is: no such device; in a run: out of memory
            hint = f"; a size of {self._smaller()} would need half as much" if self._begun else ""
            self._end(f"{error}{hint}", failed=True)
        except CourseError as error:
            self._end(in_labels(str(error)), failed=True)
        except Exception as error:  # nobody sees a task's traceback: say at least what it was
            self._end(f"unexpected {type(error).__name__}: {error}", failed=True)

    def _make(self) -> Transfer:
        return Transfer(self.content.source, self.style_picture.source, self.controls.options())

    def _begin(self) -> None:
        """Make the run; the last one is kept until this has succeeded."""
        sources, run = (self.content.source, self.style_picture.source), self._make()
        self.monitor.begin(load_image(sources[0], run.options.size), run)
        self.run, self._sources = run, sources
        self._begun, self._moved, self._steered = True, False, False

    def _next_step(self) -> Step | None:
        """Do a step and show it; an interrupt of the kernel in it is noted, and does not break it."""
        if self._moved:
            self._reweight()
        began = time.perf_counter()
        with interrupts() as self._interrupted:
            step = next(self.run, None)
        if step is not None:
            self.monitor.after(self.run, step, time.perf_counter() - began)
        return step

    def _reweight(self) -> None:
        self._moved = False
        weights = self.controls.weights()
        try:
            if any(getattr(self.run.options, name) != weight for name, weight in weights.items()):
                self.run.reweight(**weights)
                self.monitor.weights_moved(self.run)
                self._steered = True
        except OptionError as error:  # such as α = β = 0
            self.code.value = views.message(f"Not taken: {error}. The run goes on with the weights that it has.")

    def _done(self) -> str:
        return steps_in_words(len(self.run.history) if self._begun else 0)

    def _end(self, text: str, failed: bool = False) -> None:
        if self._begun and self.run.history:
            self.monitor.end(self.run, failed)
        self._enter("failed" if failed else "ended", text, failed)

    def _smaller(self) -> int:
        """Return the size with half the pixels of the run's."""
        return int(max(self.run.image.shape[1:3]) / 2**0.5)

    def _pause(self) -> None:
        if self.state == "paused":
            self._enter("running", "Going on …")
            self._going.set()
        elif self.state == "running":
            self._pause_with("Paused")

    def _pause_with(self, text: str) -> None:
        self._going.clear()
        if self._begun:
            self.monitor.now(self.run)
        self._enter("paused", f"{text} after {self._done()}. Resume goes on.")

    def _stop(self) -> None:
        if self.task is not None and not self.task.done():
            self.task.cancel()

    def _reset(self) -> None:
        self.controls.show(self._first)
        self._enter("idle", "All settings are back to what they were at first.")

    def _keep(self) -> None:
        url, step, last = self.monitor.timeline.shown
        earlier = f"\n# the picture after step {step} of {last}" if step < last else ""
        self.gallery.keep(url, self.recipe().code() + earlier)

    def _save(self) -> None:
        self._answer(self._saved)

    def _code(self) -> None:
        self._answer(lambda: views.code(self.recipe().code()))

    def _estimate(self) -> None:
        self._answer(lambda: views.message(f"A run would take {estimate_run(self._make())}."))

    def _saved(self) -> str:
        losses = {name: getattr(self.run.losses, name) for name in ("total", "content", "style", "tv")}
        path = Path(self.filename.value.strip() or "studio.png")
        over = " over the file of that name" if path.exists() else ""
        save_with_recipe(self.run.image, path, self.recipe(), losses, len(self.run.history))
        again = f"Studio.from_file({str(path)!r}) opens a studio with its settings."
        return views.message(f"Saved as {path}{over}. {again}")

    def _answer(self, make: Callable[[], str]) -> None:
        """Show what a button asks for, or why it cannot be had."""
        try:
            self.code.value = make()
        except CourseError as error:
            self.code.value = views.message(in_labels(str(error)), failed=True)

    def _take_mask(self, upload: Upload, _: np.ndarray) -> None:
        self.controls.add_mask(upload)
        self.controls.more.value = True

    def _weights_moved(self, _: Any) -> None:
        self._moved = True
