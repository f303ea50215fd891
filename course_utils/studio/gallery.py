"""What was kept: results side by side, each with the code that makes it."""

import ipywidgets as widgets

from . import views
from .timeline import Timeline


class Gallery(widgets.HBox):
    """Results side by side, each with the code that makes it."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(layout={"flex_flow": "row wrap"})

    def keep(self, timeline: Timeline, code: str) -> None:
        """Add the picture shown, with the code that makes the run's last one."""
        url, step, last = timeline.shown
        code += f"\n# the picture after step {step} of {last}" if step < last else ""
        remove = widgets.Button(description="Remove", tooltip="Take this picture out of the gallery.")
        box = widgets.VBox(
            [widgets.HTML(views.picture(url, f"kept: {code}")), widgets.HTML(views.code(code)), remove],
            layout={"margin": "6px", "width": "270px"},
        )
        remove.on_click(lambda _: setattr(self, "children", tuple(each for each in self.children if each is not box)))
        self.children = (*self.children, box)
