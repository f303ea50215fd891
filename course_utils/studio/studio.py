"""The whole optimisation behind widgets, alive while it runs (lesson 7): `Studio()` in a notebook.

A run is an asyncio task in the kernel's own loop: it does one step of `Transfer`, and then lets the kernel handle
clicks. No threads.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np

from ..cli import collected
from ..cost import estimate_run
from ..errors import CourseError, DivergenceError, ImageError, OptionError
from ..images import load_image
from ..options import Options
from ..recipe import Recipe, origin, read_recipe, recipe_of, save_and_tell, steps_in_words
from ..transfer import Transfer
from . import views
from .controls import LIVE, Controls, in_labels
from .gallery import Gallery
from .kernel import Ration, in_loop, only_one_in_cell, running_loop
from .lastrun import LastRun
from .monitor import Monitor
from .picker import Picker, Uploader
from .preview import fast_preview

PHOTO = 640  # px, before the first run
LISTEN = 0.005  # seconds in which the kernel handles clicks
HEAR = (0.2, float("inf"))  # how often, as for `Ration`: steps of a small picture are not much longer


# What each button says, shows, and does.
BUTTONS = {
    "run": ("Run", "play", "Start from the beginning with these pictures and settings."),
    "pause": ("Pause", "pause", "Pause the run, or resume it."),
    "stop": ("Stop", "stop", "End this run and keep what it has."),
    "go_on": ("Go on with the last run", "history", "Continue a run that was interrupted when the kernel stopped."),
    "reset": ("Reset", "undo", "Put all settings back to their initial values."),
    "keep": ("Keep", "bookmark", "Add the picture shown, and its settings, to the gallery below."),
    "save": ("Save", "download", "Save the result as a PNG that holds its settings."),
    "estimate": ("Estimate", "clock-o", "Estimate how long a run would take, and how much memory."),
    "code": ("As code", "code", "Show the call that makes the same picture."),
}
ACTIVE = ("running", "paused")
FAST = "fast preview by a trained network; Run starts the optimisation"


class Studio(widgets.VBox):
    """Choose two pictures, press Run, and turn the knobs while it works."""

    def __init__(self, content: str = "pagoda", style: str | Sequence[str] = "great_wave", **changes: Any) -> None:
        """Show the studio, idle.

        Args:
            content: a sample's name, or a path.
            style: the same, or a list of several.
            changes: options by name, as for `Transfer`.

        Raises:
            CourseError: its subclasses, for pictures and options that cannot be used.
        """
        self._loop = running_loop()
        chosen = in_loop(self._loop, self._preview)
        self.content = Picker("content", "Content: what to show", [content], changed=chosen)
        styles = style if isinstance(style, (list, tuple)) else [style]
        self.style_picture = Picker("style", "Style: how to paint it", styles, many=True, changed=chosen)
        self._first = Options(**changes)
        self.controls = Controls(self._first)
        self.mask = Uploader("a mask …", "A grey picture: white where a painting goes.", self.controls.add_mask)
        self.buttons = {
            name: widgets.Button(
                description=text, icon=icon, tooltip=tooltip, layout={"width": "auto", "flex": "1 0 auto"}
            )
            for name, (text, icon, tooltip) in BUTTONS.items()
        }
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
        self._last, self._hearing = LastRun(self._warn), Ration(*HEAR)
        super().__init__(self._layout())
        self.add_class("course-studio")
        self._enter("idle", f"Ready. Press Run{self._last.invitation}.")
        self._preview()
        only_one_in_cell(self.cancel)

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "Studio":
        """Show a studio with the settings inside a PNG that a studio has saved.

        Raises:
            CourseError: its subclasses; for one, if an uploaded picture is no longer at hand.
        """
        recipe = read_recipe(path)
        studio = cls(recipe.content, recipe.style, **recipe.changes())
        if recipe.remarks:
            studio.code.value = views.code(recipe.code())
        return studio

    def __repr__(self) -> str:
        """Return the text shown in place of the studio where there is no kernel."""
        return "the studio: choose a photo and a painting, and press Run"

    def _layout(self) -> list[widgets.Widget]:
        """Put the pickers above the work, the picture beside the knobs, and what is needed less often below."""
        monitor, controls, buttons = self.monitor, self.controls, self.buttons
        run = widgets.HBox([buttons[name] for name in ("run", "pause", "stop", "reset")])
        side = [run, buttons["go_on"], monitor.message, monitor.progress, controls.knobs, monitor.chart, monitor.pulls]
        saving = [self.filename, *(buttons[name] for name in ("save", "keep", "code", "estimate"))]
        below = widgets.HBox([*saving, controls.more, self.mask.button], layout={"flex_flow": "row wrap"})
        return [
            widgets.HTML(views.LAYOUT),
            _part("choice", [self.content, self.style_picture], widgets.HBox),
            _part("work", [_part("stage", [monitor.timeline]), _part("side", side)], widgets.HBox),
            *(below, self.mask.message, self.code, controls.settings, self.gallery),
        ]

    def _enter(self, state: str, text: str, failed: bool = False) -> None:
        self.state = state
        self.monitor.say(text, failed)
        self._enable()

    def _enable(self) -> None:
        """Enable the buttons that make sense in the current state."""
        active, buttons = self.state in ACTIVE, self.buttons
        for name in ("run", "reset"):
            buttons[name].disabled = active
        for name in ("pause", "stop"):
            buttons[name].disabled = not active
        for name in ("keep", "save"):
            buttons[name].disabled = self.run is None or not self.run.history
        buttons["pause"].description, buttons["pause"].icon = (
            ("Resume", "play") if self.state == "paused" else ("Pause", "pause")
        )
        buttons["go_on"].disabled = active or self._last.saved_at is None
        buttons["go_on"].layout.display = "none" if buttons["go_on"].disabled else ""

    def _preview(self) -> None:
        """Show the chosen photo where the first run's picture will be; a moment later, its fast preview."""
        if self.run is not None or self.state in ACTIVE:
            return
        self.cancel()  # the preview of an earlier choice
        try:
            photo = load_image(self.content.source, PHOTO)
        except ImageError as error:  # the file has gone since it was offered
            self._warn(str(error))
            return
        self.monitor.timeline.begin(photo, photo)
        if self._loop is not None:
            self.task = self._loop.create_task(self._repaint(photo))

    async def _repaint(self, photo: np.ndarray) -> None:
        """Show the fast preview, if there is a trained network for the paintings chosen."""
        await asyncio.sleep(LISTEN)  # shows the photo
        try:
            preview = fast_preview(photo, self.style_picture.names)
        except CourseError as error:
            self._warn(f"There is no fast preview: {error}.")
        else:
            if preview is not None:
                self.monitor.timeline.begin(photo, preview, FAST)

    def recipe(self) -> Recipe:
        """Return what the current picture is made from; before the first run, what the widgets show."""
        if self.run is None:
            return Recipe(self.content.source, self.style_picture.source, self.controls.options())
        return recipe_of(self.run)

    def _wait(self, _: Any) -> None:
        """Answer a click on Run at once: another cell may keep the loop busy for a long time."""
        if self.state not in ACTIVE:
            self.monitor.say("Waiting for the notebook's other cells …")

    def _run(self) -> None:
        self._start(self._make)

    def _go_on(self) -> None:
        self._start(self._load)

    def _start(self, make: Callable[[], Transfer]) -> None:
        if self.state in ACTIVE:
            return
        self.cancel()  # the preview
        self._begun, self.code.value = False, ""
        self._enter("running", "Loading the network …")
        self._going.set()
        self.task = asyncio.get_running_loop().create_task(self._work(make))

    async def _work(self, make: Callable[[], Transfer]) -> None:
        """Do the run, step by step; every way out leaves a state from which Run works."""
        try:
            await asyncio.sleep(LISTEN)  # shows the message
            self._begin(make)
            while self._step():
                if self.buttons["save"].disabled:
                    self._enable()  # there is something to keep
                self._last.keep_now_and_then(self.run)
                if self._interrupted:
                    self._pause_with("Interrupted")
                with self._hearing as due:
                    await asyncio.sleep(LISTEN if due else 0)
                await self._going.wait()
            self._last.forget()
            worse = self.run.best_index == 0 and self.run.losses.total > 0
            hint = " No step was better than its start: lower the learning rate." if worse else ""
            self._end(f"Finished after {self._done()}.{hint}")
        except asyncio.CancelledError:
            self._end(f"Stopped after {self._done()}. Run starts from the beginning.")
        except CourseError as error:
            if isinstance(error, DivergenceError):
                self._last.forget()  # it would diverge again
            self._end(in_labels(str(error)), failed=True)
        except Exception as error:  # nobody sees a task's traceback: say at least what it was
            self._end(f"unexpected {type(error).__name__}: {error}", failed=True)

    def _make(self) -> Transfer:
        sources = self.content.source, self.style_picture.source
        run = Transfer(*sources, self.controls.options())
        run.note = origin(*sources, run.options)
        return run

    def _load(self) -> Transfer:
        run = self._last.load()
        self.controls.show(run.options)
        try:
            self.content.show(run.note["content"])
            self.style_picture.show(run.note["style"])
        except ImageError as error:
            self._warn(f"The run continues with its own pictures. A new one would take those chosen above: {error}.")
        return run

    def _begin(self, make: Callable[[], Transfer]) -> None:
        """Make the run; the last one is kept until this has succeeded."""
        run = make()
        self.monitor.begin(run)
        self._last.begin()
        self.run, self._begun, self._moved = run, True, False

    def _step(self) -> bool:
        """Do a step, if one is left, and show it; an interrupt of the kernel is noted, without breaking it."""
        if self._moved:
            self._reweight()
        began = time.perf_counter()
        with collected(signal.SIGINT) as self._interrupted:  # ipykernel ignores it while no cell is executed
            step = next(self.run, None)
        if step is not None:
            self.monitor.after(self.run, step, time.perf_counter() - began)
        return step is not None

    def _reweight(self) -> None:
        self._moved = False
        try:
            if self.controls.steer(self.run):
                self.monitor.weights_moved(self.run)
        except OptionError as error:  # such as α = β = 0
            self._warn(f"Not applied: {error}. The run continues with its current weights.")

    def _warn(self, text: str) -> None:
        self.code.value = views.message(text)

    def _done(self) -> str:
        return steps_in_words(len(self.run.history) if self._begun else 0)

    def _end(self, text: str, failed: bool = False) -> None:
        self._enter("failed" if failed else "ended", text, failed)
        if self._begun and self.run.history:
            self.monitor.end(self.run, failed)

    def _pause(self) -> None:
        if self.state == "paused":
            self._enter("running", "Resuming …")
            self._going.set()
        elif self.state == "running":
            self._pause_with("Paused")

    def _pause_with(self, text: str) -> None:
        self._going.clear()
        self._enter("paused", f"{text} after {self._done()}. Resume continues the run.")
        if self._begun:
            self.monitor.now(self.run)
            self._last.keep(self.run)

    def _stop(self) -> None:
        self.cancel()
        self._last.forget()

    def cancel(self) -> None:
        """End the run, or the preview; the file that holds a run stays."""
        if self.task is not None and not self.task.done():
            self.task.cancel()

    def _reset(self) -> None:
        if self.state in ACTIVE:  # Run was pressed before, while another cell kept the loop busy
            return
        self.controls.show(self._first)
        self._enter("idle", "All settings are back to their initial values.")

    def _keep(self) -> None:
        self.gallery.keep(self.monitor.timeline, self.recipe().code())

    def _save(self) -> None:
        self._answer(lambda: views.message(save_and_tell(self.run, self.filename.value)))

    def _code(self) -> None:
        self._answer(lambda: views.code(self.recipe().code()))

    def _estimate(self) -> None:
        self._answer(lambda: views.message(f"A run would take {estimate_run(self._make())}."))

    def _answer(self, make: Callable[[], str]) -> None:
        """Show what a button asks for, or why that is impossible."""
        try:
            self.code.value = make()
        except CourseError as error:
            self.code.value = views.message(in_labels(str(error)), failed=True)

    def _weights_moved(self, _: Any) -> None:
        self._moved = True


def _part(name: str, children: Sequence[widgets.Widget], box: type = widgets.VBox) -> widgets.Box:
    """Put widgets into a box that `views.LAYOUT` knows by name."""
    part = box(children)
    part.add_class(f"course-{name}")
    return part
