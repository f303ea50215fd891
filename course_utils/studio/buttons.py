"""The studio's buttons: what they say, and which of them have a use."""

import ipywidgets as widgets

from ..transfer import Transfer
from .lastrun import LastRun

# What each button says, shows, and does.
BUTTONS = {
    "run": ("Run", "play", "Start from the beginning with these pictures and settings."),
    "pause": ("Pause", "pause", "Stop for a while, or go on."),
    "stop": ("Stop", "stop", "End this run and keep what it has."),
    "go_on": ("Go on with the last run", "history", "Continue a run that the kernel's end has interrupted."),
    "reset": ("Reset", "undo", "All settings back to what they were at first."),
    "keep": ("Keep", "bookmark", "Put the picture that is shown, and its settings, into the gallery below."),
    "save": ("Save", "download", "Write the result as a PNG that holds its settings."),
    "estimate": ("Estimate", "clock-o", "Say how long a run would take, and how much memory."),
    "code": ("As code", "code", "Show the call that makes the same picture."),
}
ACTIVE = ("running", "paused")


def make_buttons() -> dict[str, widgets.Button]:
    """Make the studio's buttons, by name."""
    return {
        name: widgets.Button(
            description=text, icon=icon, tooltip=tooltip, layout={"width": "98px" if len(text) < 10 else "auto"}
        )
        for name, (text, icon, tooltip) in BUTTONS.items()
    }


def enable(buttons: dict[str, widgets.Button], state: str, run: Transfer | None, last: LastRun) -> None:
    """Let those buttons be pressed that the state has a use for.

    Args:
        buttons: made by `make_buttons`.
        state: "idle", "running", "paused", "ended" or "failed".
        run: the latest.
        last: what an earlier kernel may have left.
    """
    active = state in ACTIVE
    for name in ("run", "reset"):
        buttons[name].disabled = active
    for name in ("pause", "stop"):
        buttons[name].disabled = not active
    for name in ("keep", "save"):
        buttons[name].disabled = run is None or not run.history
    buttons["pause"].description, buttons["pause"].icon = (
        ("Resume", "play") if state == "paused" else ("Pause", "pause")
    )
    buttons["go_on"].disabled = active or last.saved_at is None
    buttons["go_on"].layout.display = "none" if buttons["go_on"].disabled else ""
