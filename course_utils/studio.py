"""The whole optimisation behind widgets, alive while it runs (lesson 7): `Studio()` in a notebook.

A run is an asyncio task in the kernel's own loop: it does one step of `Transfer`, and then lets the kernel take
clicks. No threads.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from . import views
from .controls import LIVE, Controls
from .errors import CourseError, DeviceError, OptionError
from .kernel import in_loop, interrupts, only_one_in_cell, running_loop
from .monitor import Monitor
from .options import Options
from .panels import Gallery
from .pictures import Picker
from .plots import data_url
from .recipe import Recipe, read_recipe, save_with_recipe
from .transfer import Step, Transfer

LISTEN = 0.005  # seconds between two steps in which the kernel takes clicks
BUTTONS = {
    "run": ("Run", "play", "Start from the beginning with these pictures and settings."),
    "pause": ("Pause", "pause", "Stop for a while, or go on."),
    "stop": ("Stop", "stop", "End this run and keep what it has."),
    "reset": ("Reset", "undo", "All settings back to the defaults."),
    "keep": ("Keep", "bookmark", "Put this picture and its settings into the gallery below."),
    "save": ("Save", "download", "Write a PNG that holds its settings."),
    "code": ("As code", "code", "Show the call that makes the same picture."),
}


class Studio(widgets.VBox):
    """Choose two pictures, press Run, and turn the knobs while it works."""

    def __init__(self, content: str = "pagoda", style: str = "great_wave", **changes: Any) -> None:
        """Show the studio, idle.

        Args:
            content, style: samples' names, or paths.
            changes: options by name, as for `Transfer`.

        Raises:
            CourseError: its children, for pictures and options that cannot be had.
        """
        self._loop = running_loop()
        self.content = Picker("content", "Content: what to show", content)
        self.style_picture = Picker("style", "Style: how to paint it", style)
        self.controls = Controls(Options(**changes))
        self.buttons = {name: _button(*words) for name, words in BUTTONS.items()}
        for name, button in self.buttons.items():
            button.on_click(in_loop(self._loop, lambda _, name=name: getattr(self, f"_{name}")()))
        self.filename = widgets.Text("studio.png", description="save as", tooltip="The name must end in .png.")
        self.monitor, self.gallery, self.code = Monitor(), Gallery(), widgets.HTML()
        for name in LIVE:
            self.controls.by_name[name].observe(in_loop(self._loop, self._weights_moved), "value")
        self.run: Transfer | None = None
        self.task: asyncio.Task | None = None
        self._going, self._moved = asyncio.Event(), False
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
        return cls(recipe.content, recipe.style, **recipe.changes())

    def __repr__(self) -> str:
        """Return what stands in the studio's place where there is no kernel."""
        return "the studio: choose a photo and a painting, and press Run"

    def _layout(self) -> list[widgets.Widget]:
        row = {"flex_flow": "row wrap"}
        left = widgets.VBox([self.content, self.style_picture, self.controls], layout={"width": "450px"})
        saving = widgets.HBox([self.filename, *(self.buttons[name] for name in ("save", "keep", "code"))], layout=row)
        buttons = widgets.HBox([self.buttons[name] for name in ("run", "pause", "stop", "reset")], layout=row)
        right = widgets.VBox([buttons, self.monitor, saving, self.code], layout={"width": "430px"})
        return [widgets.HBox([left, right], layout=row), self.gallery]

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
            return Recipe(self.content.name, self.style_picture.name, self.controls.options())
        return Recipe(*self._names, self.run.options)

    def call(self) -> str:
        """Return the code that makes the current picture, with a remark if no single call can."""
        remarks = []
        if self.run is not None and self._steered:
            remarks.append("the weights were moved while it ran")
        if self.run is not None and self.run.history and self.run.history[-1].progress < 1:
            remarks.append(f"it was stopped after {len(self.run.history)} steps")
        return self.recipe().code() + (f"  # not the same picture: {', and '.join(remarks)}" if remarks else "")

    def _run(self) -> None:
        if self.state in ("running", "paused"):
            return
        self.run = None
        self._enter("running", "Loading the network …")
        self._going.set()
        self.task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Do the run, step by step; every way out leaves a state from which Run works."""
        try:
            await asyncio.sleep(LISTEN)  # shows the message
            self._begin()
            while (step := self._next_step()) is not None:
                self.monitor.after(self.run, step, self._spent)
                if step.index == 1:
                    self._enable()  # there is something to keep
                if self._interrupted:
                    self._pause_with("Interrupted")
                await asyncio.sleep(LISTEN)
                await self._going.wait()
            worse = self.run.best_index == 0 and self.run.losses.total > 0
            hint = " No step was better than its start: lower the learning rate." if worse else ""
            self._end(f"Finished after {len(self.run.history)} steps.{hint}")
        except asyncio.CancelledError:
            self._end(f"Stopped after {len(self.run.history) if self.run else 0} steps. Run starts anew.")
        except DeviceError as error:  # before a run there is: no such device; in a run: out of memory
            hint = f"; a size of {self._smaller()} would need half as much" if self.run else ""
            self._end(f"{error}{hint}", failed=True)
        except CourseError as error:
            self._end(str(error), failed=True)
        except Exception as error:  # nobody sees a task's traceback: say at least what it was
            self._end(f"unexpected {type(error).__name__}: {error}", failed=True)

    def _begin(self) -> None:
        options = self.controls.options()
        content, style = self.content.image(options.size), self.style_picture.image(options.size)
        self._names = self.content.name, self.style_picture.name
        self.run = Transfer(content, style, options)
        self.monitor.begin(content)
        self._moved, self._steered, self._spent = False, False, 0.0

    def _next_step(self) -> Step | None:
        """Do a step; an interrupt of the kernel in it is noted, and does not break it."""
        began = time.perf_counter()
        if self._moved:
            self._reweight()
        with interrupts() as self._interrupted:
            step = next(self.run, None)
        self._spent += time.perf_counter() - began
        return step

    def _reweight(self) -> None:
        self._moved = False
        weights = self.controls.weights()
        try:
            if any(getattr(self.run.options, name) != weight for name, weight in weights.items()):
                self.run.reweight(**weights)
                self._steered = True
        except OptionError as error:  # such as α = β = 0: the run goes on with the weights that it has
            self.code.value = views.message(str(error), failed=True)

    def _end(self, text: str, failed: bool = False) -> None:
        if self.run is not None and self.run.history:
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
        self._enter("paused", f"{text} after {len(self.run.history) if self.run else 0} steps. Resume goes on.")

    def _stop(self) -> None:
        if self.task is not None and not self.task.done():
            self.task.cancel()

    def _reset(self) -> None:
        self.controls.show(Options())
        self._enter("idle", "All settings are back to the defaults.")

    def _keep(self) -> None:
        self.gallery.keep(data_url(self.run.image), self.call())

    def _save(self) -> None:
        losses = {name: getattr(self.run.losses, name) for name in ("total", "content", "style", "tv")}
        try:
            name = self.filename.value.strip() or "studio.png"
            path = save_with_recipe(self.run.image, Path(name), self.recipe(), losses, len(self.run.history))
            self.code.value = views.message(f"Saved as {path}. Studio.from_file({str(path)!r}) shows it again.")
        except CourseError as error:
            self.code.value = views.message(str(error), failed=True)

    def _code(self) -> None:
        try:
            self.code.value = views.code(self.call())
        except CourseError as error:
            self.code.value = views.message(str(error), failed=True)

    def _weights_moved(self, _: Any) -> None:
        self._moved = True


def _button(text: str, icon: str, tooltip: str) -> widgets.Button:
    return widgets.Button(description=text, icon=icon, tooltip=tooltip, layout={"width": "98px"})
