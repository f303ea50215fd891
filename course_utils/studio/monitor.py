"""What the studio shows of a run in progress, rationed so that it takes at most a tenth of the time."""

import ipywidgets as widgets

from ..errors import DeviceError
from ..plots import data_url
from ..run import Step
from ..transfer import Transfer
from . import views
from .chart import loss_chart, pull_bar
from .kernel import Ration
from .timeline import Timeline

# Seconds apart, at least, and share of the time, at most: of the status line, the picture and chart, the pulls.
TELL, SHOW, MEASURE = (0.1, 0.01), (0.25, 0.04), (1.0, 0.02)
WEIGHTED = {"alpha": "content", "beta": "style", "tv": "tv"}  # each weight's term


class Monitor:
    """The widgets that show one run after another.

    Attributes:
        message, progress, timeline, chart, pulls: a run's status line, progress, pictures, losses, pulls.
        terms: the number and the weighted terms of each step of the run.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.message, self.chart, self.pulls = (widgets.HTML() for _ in range(3))
        self.progress = widgets.FloatProgress(
            min=0, max=1, tooltip="How much of the run is done.", layout={"width": "auto", "height": "14px"}
        )
        self.timeline = Timeline()

    def say(self, text: str, failed: bool = False) -> None:
        """Show what state the studio is in."""
        self.message.value = views.message(text, failed)

    def begin(self, run: Transfer) -> None:
        """Forget the last run; the new one, whose note is its `origin`, has done no step yet, or was loaded."""
        self.timeline.begin(run.photo, run.image, step=len(run.history))
        self.progress.value, self.chart.value, self.pulls.value = 0, "", ""
        self._telling, self._showing, self._measuring = Ration(*TELL), Ration(*SHOW), Ration(*MEASURE)
        self.terms: list[tuple[int, dict[str, float]]] = []
        self._marks: dict[int, str] = {}
        self._last: Step | None = None
        self._seconds, self._progress = 0.0, 0.0  # of steps other than the first at a size, which compiles
        for step in run.history:  # there are some if it was loaded
            self._note(run, step, 0.0)
        self._marks |= {begun: "moved" for begun, _ in run.note["weights"][1:]}
        self._last, self._progress = None, 0.0

    def after(self, run: Transfer, step: Step, seconds: float) -> None:
        """Record a step, and show it, unless that was done too recently for what it costs.

        Args:
            run: the run.
            step: the last one done.
            seconds: how long it took.
        """
        self._note(run, step, seconds)
        with self._telling as due:
            if due:
                self.say(f"Step {step.index}, {step.size[1]} × {step.size[0]} px, {self._left(step)}")
        with self._showing as due:
            if due:
                self._show(run, step)
        with self._measuring as due:
            if due:
                self._measure(run)
        if step.index == 1:
            self._measuring.hurry()  # the first measurement takes much longer than the others

    def weights_moved(self, run: Transfer) -> None:
        """Mark the place in the chart, and measure the pulls anew soon."""
        self._marks[len(run.history)] = "moved"
        self._measuring.hurry()

    def now(self, run: Transfer) -> None:
        """Show everything as it is, regardless of the rations."""
        if run.history:
            self._show(run, run.history[-1])
            self._measure(run)

    def end(self, run: Transfer, failed: bool) -> None:
        """Show the run's last step and its best picture; after a failure, the pulls as they were."""
        if failed:  # out of memory, measuring would fail again
            self._show(run, run.history[-1])
        else:
            self.now(run)
        self.timeline.settle(data_url(run.image))

    def _measure(self, run: Transfer) -> None:
        try:
            self.pulls.value = pull_bar(run.pulls())
        except DeviceError as error:
            self.pulls.value = views.message(f"The pulls cannot be measured: {error}.")

    def _note(self, run: Transfer, step: Step, seconds: float) -> None:
        weights = next(each for begun, each in reversed(run.note["weights"]) if begun < step.index)
        terms = {term: weights[name] * getattr(step.losses, term) for name, term in WEIGHTED.items()}
        self.terms.append((step.index, terms))
        if self._last is not None and self._last.size == step.size:
            self._seconds += seconds
            self._progress += step.progress - self._last.progress
        elif self._last is not None:
            self._marks[step.index] = f"{step.size[1]} px"
        self._last = step

    def _left(self, step: Step) -> str:
        if not self._progress:
            return "estimating the time …"
        return f"about {self._seconds / self._progress * (1 - step.progress):.0f} s left"

    def _show(self, run: Transfer, step: Step) -> None:
        self.progress.value = step.progress
        self.timeline.add(step.index, data_url(run.image))
        self.chart.value = loss_chart(self.terms, self._marks)
