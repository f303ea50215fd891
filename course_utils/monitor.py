"""What the studio shows of a run while it goes on, rationed so that it takes at most a tenth of the time."""

import ipywidgets as widgets
import numpy as np

from . import views
from .kernel import Ration
from .panels import Timeline
from .plots import data_url
from .transfer import Step, Transfer

# Seconds apart, at least, and share of the time, at most: of the line of words, the picture and chart, the pulls.
TELL, SHOW, MEASURE = (0.1, 0.02), (0.25, 0.04), (1.0, 0.01)


class Monitor(widgets.VBox):
    """The state in words, the progress, the pictures, the losses and the pulls of one run after another."""

    def __init__(self) -> None:
        """Start empty."""
        self.message, self.chart, self.pulls = (widgets.HTML() for _ in range(3))
        self.progress = widgets.FloatProgress(min=0, max=1, description="progress", layout={"width": "400px"})
        self.timeline = Timeline()
        super().__init__([self.message, self.progress, self.timeline, self.chart, self.pulls])

    def say(self, text: str, failed: bool = False) -> None:
        """Show what state the studio is in."""
        self.message.value = views.message(text, failed)

    def begin(self, content: np.ndarray) -> None:
        """Forget the last run; the photo `(1, H, W, 3)` is the first picture of the new one."""
        self.timeline.begin(content)
        self.progress.value, self.chart.value, self.pulls.value = 0, "", ""
        self._telling, self._showing, self._measuring = Ration(*TELL), Ration(*SHOW), Ration(*MEASURE)

    def after(self, run: Transfer, step: Step, seconds: float) -> None:
        """Show a step, as far as the last showing is not too recent for its cost.

        Args:
            run: the run.
            step: the last one done.
            seconds: what all steps so far have taken.
        """
        with self._telling as due:
            if due:
                left = seconds * (1 - step.progress) / step.progress
                self.say(f"Step {step.index}, {step.size[1]} × {step.size[0]} px, about {left:.0f} s left")
        with self._showing as due:
            if due:
                self._show(run, step)
        with self._measuring as due:
            if due:
                self.pulls.value = views.pull_bar(run.pulls())

    def end(self, run: Transfer, failed: bool) -> None:
        """Show the run's last step and its best picture; after a failure, the pulls as they were."""
        self._show(run, run.history[-1])
        if not failed:  # out of memory, it would fail once more
            self.pulls.value = views.pull_bar(run.pulls())
        self.timeline.settle(data_url(run.image))

    def _show(self, run: Transfer, step: Step) -> None:
        self.progress.value = step.progress
        self.timeline.add(step.index, data_url(run.image))
        weights = {"content": run.options.alpha, "style": run.options.beta, "tv": run.options.tv}
        self.chart.value = views.loss_chart(run.history, weights)
