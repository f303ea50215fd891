"""What the studio shows, as HTML: pictures, the wipe, the losses, the pulls. Text is escaped here, and only here."""

import html
import math
from collections.abc import Mapping, Sequence

from .plots import LINES

WIDTH, HEIGHT, MARGIN, FLOOR = 400, 150, 34, 1e-3  # of the chart in pixels; the least loss that it shows
WRAP = "overflow-wrap:anywhere;white-space:normal;line-height:1.4;max-width:400px"
TERMS = {"content": "content", "style": "style", "tv": "smoothness"}


def message(text: str, failed: bool = False) -> str:
    """Write a line for the state; a failure stands out by a word and a frame, not by colour alone."""
    if failed:
        style = f"{WRAP};border-left:4px solid #D55E00;padding-left:8px"
        return f'<div role="alert" style="{style}"><b>Failed:</b> {html.escape(text)}</div>'
    return f'<div role="status" style="{WRAP}">{html.escape(text)}</div>'


def heading(text: str) -> str:
    """Write a title above a part of the studio."""
    return f"<b>{html.escape(text)}</b>"


def picture(url: str, alt: str, width: int = WIDTH) -> str:
    """Show a picture of a given width in pixels."""
    return f'<img src="{url}" alt="{html.escape(alt)}" style="width:{width}px;max-width:100%;display:block">'


def thumbnail(url: str, alt: str, width: int) -> str:
    """Show the middle of a picture in a frame of 3 to 2, `width` pixels wide."""
    frame = f"width:{width}px;height:{width * 2 // 3}px;object-fit:cover;display:block"
    return f'<img src="{url}" alt="{html.escape(alt)}" style="{frame}">'


def thumbnails(pictures: Mapping[str, str], width: int = 64) -> str:
    """Show small pictures in a row, `{caption: address}`."""
    small = "".join(
        f'<figure style="margin:0 6px 0 0">{thumbnail(url, caption, width)}'
        f'<figcaption style="font-size:10px">{html.escape(caption)}</figcaption></figure>'
        for caption, url in pictures.items()
    )
    return f'<div style="display:flex;flex-wrap:wrap">{small}</div>'


def code(text: str, width: int = WIDTH) -> str:
    """Show a line of code, to be copied."""
    style = f"white-space:pre-wrap;overflow-wrap:anywhere;width:{width}px;max-width:100%"
    return f'<pre style="{style}">{html.escape(text)}</pre>'


def wiped(before: str, after: str, share: float, alt: str) -> str:
    """Lay `before` over the left `share`, 0 to 1, of `after`; both are addresses of pictures of one shape."""
    if share <= 0:
        return picture(after, alt)
    cut = f"inset(0 {100 * (1 - share):.1f}% 0 0)"
    line = f"position:absolute;top:0;bottom:0;left:{100 * share:.1f}%;border-left:2px solid white"
    return (
        f'<div style="position:relative;width:{WIDTH}px;max-width:100%">{picture(after, alt)}'
        f'<img src="{before}" alt="the photo, over the left {share:.0%}" '
        f'style="position:absolute;top:0;left:0;width:100%;clip-path:{cut}"><div style="{line}"></div></div>'
    )


def loss_chart(history: Sequence, weights: Mapping[str, float]) -> str:
    """Draw the three weighted terms against the steps, on a logarithmic axis, as an SVG.

    Args:
        history: the run's steps; at most 200 of them are drawn.
        weights: of "content", "style" and "tv".
    """
    shown = history[:: -(-len(history) // 200)] if history else []
    terms = {term: [max(FLOOR, weights[term] * getattr(step.losses, term)) for step in shown] for term in TERMS}
    largest = max((value for values in terms.values() for value in values), default=1.0)
    powers = range(int(math.log10(FLOOR)), max(0, math.ceil(math.log10(largest))) + 1)
    last = max(2, history[-1].index) if history else 2

    def place(index: int, value: float) -> tuple[float, float]:
        x = MARGIN + (WIDTH - MARGIN) * (index - 1) / (last - 1)
        return x, HEIGHT * (powers[-1] - math.log10(value)) / (powers[-1] - powers[0])

    grid = [_grid_line(power, place(1, 10.0**power)[1]) for power in powers]
    lines = [
        _line([place(step.index, value) for step, value in zip(shown, values, strict=True)], *line)
        for values, line in zip(terms.values(), LINES, strict=False)
    ]
    end = f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end" font-size="10">step {last}</text>'
    now = ", ".join(f"{TERMS[term]} {values[-1]:.3g}" for term, values in terms.items() if values) or "no step yet"
    return (
        f'<svg role="img" aria-label="the weighted losses over the steps, now {now}" '
        f'viewBox="0 -6 {WIDTH} {HEIGHT + 24}" style="width:{WIDTH}px;max-width:100%;background:white">'
        f"{''.join([*grid, *lines, end])}</svg><div>{_legend()}<span>now: {now}</span></div>"
    )


def _grid_line(power: int, y: float) -> str:
    return (
        f'<line x1="{MARGIN}" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
        f'<text x="{MARGIN - 4}" y="{y + 4:.0f}" text-anchor="end" font-size="10">1e{power}</text>'
    )


def _line(points: Sequence[tuple[float, float]], color: str, dashes: str, width: float) -> str:
    dash = {"-": "none", "--": "7 4", ":": "2 3"}[dashes]
    path = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-dasharray="{dash}"/>'


def _legend() -> str:
    return "".join(
        f'<span style="color:{color};margin-right:14px"><b>{sign}</b> {name}</span>'
        for name, (color, *_), sign in zip(TERMS.values(), LINES, ("—", "- -", "···"), strict=False)
    )


def pull_bar(pulls: Mapping[str, float]) -> str:
    """Show each term's share of the pull at the pixels, as a bar and in words."""
    whole = sum(pulls.values())
    if not whole:
        return ""
    shares = {TERMS[term]: norm / whole for term, norm in pulls.items()}
    blocks = "".join(
        f'<div style="width:{share:.1%};background:{color}"></div>'
        for share, (color, *_) in zip(shares.values(), LINES, strict=False)
    )
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    bar = f'<div aria-hidden="true" style="display:flex;height:8px;width:{WIDTH}px;max-width:100%">{blocks}</div>'
    return f"{bar}who pulls: {words}"
