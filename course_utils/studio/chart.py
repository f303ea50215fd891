"""The studio's chart of a run: the weighted terms against the steps, as an SVG, and the pull of each, as a bar."""

import html
import math
from collections.abc import Mapping, Sequence

from ..plots import LINES
from .views import WRAP

WIDTH, HEIGHT, MARGIN = 330, 120, 34  # of the chart, in pixels
FLOOR = 1e-3  # the smallest loss that it shows
SMALL = "font-size:12px;line-height:1.5"
TERMS = {"content": "content", "style": "style", "tv": "smoothness"}


def loss_chart(terms: Sequence[tuple[int, Mapping[str, float]]], marks: Mapping[int, str]) -> str:
    """Draw the three weighted terms against the steps, on a logarithmic axis, as an SVG.

    Args:
        terms: of each step, its number and its terms "content", "style" and "tv", times their weights at that
            time; at most 200 steps are drawn.
        marks: `{step: text}`, each a vertical line.
    """
    shown = terms[:: -(-len(terms) // 200)] if terms else []
    largest = max((value for _, values in shown for value in values.values()), default=1.0)
    powers = range(int(math.log10(FLOOR)), max(0, math.ceil(math.log10(max(largest, FLOOR)))) + 1)
    last = max(2, terms[-1][0]) if terms else 2

    def place(step: int, value: float) -> tuple[float, float]:
        x = MARGIN + (WIDTH - MARGIN) * (step - 1) / (last - 1)
        return x, HEIGHT * (powers[-1] - math.log10(max(FLOOR, value))) / (powers[-1] - powers[0])

    grid = [_grid_line(power, place(1, 10.0**power)[1]) for power in powers]
    lines = [
        _line([place(step, values[term]) for step, values in shown], *line)
        for term, line in zip(TERMS, LINES, strict=False)
    ]
    upright = [_mark(place(step, 1.0)[0], text) for step, text in marks.items()]
    end = f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end" font-size="10">step {last}</text>'
    latest = terms[-1][1] if terms else {}
    now = ", ".join(f"{TERMS[term]}\N{NO-BREAK SPACE}{value:.3g}" for term, value in latest.items()) or "no step yet"
    return (
        f'<div style="{WRAP}">The weighted terms of the loss, step by step</div>'
        f'<svg role="img" aria-label="the weighted terms of the loss over the steps, now {now}" '
        f'viewBox="0 -6 {WIDTH} {HEIGHT + 24}" style="width:100%;max-width:{2 * WIDTH}px;background:white">'
        f"{''.join([*grid, *upright, *lines, end])}</svg>{_legend(latest)}"
    )


def _mark(x: float, text: str) -> str:
    anchor = "end" if x > 0.7 * WIDTH else "start"
    return (
        f'<line x1="{x:.0f}" x2="{x:.0f}" y1="0" y2="{HEIGHT}" stroke="#999"/>'
        f'<text x="{x + (4 if anchor == "start" else -4):.0f}" y="8" text-anchor="{anchor}" font-size="10" '
        f'fill="#555">{html.escape(text)}</text>'
    )


def _grid_line(power: int, y: float) -> str:
    return (
        f'<line x1="{MARGIN}" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
        f'<text x="{MARGIN - 4}" y="{y + 4:.0f}" text-anchor="end" font-size="10">{10.0**power:g}</text>'
    )


def _line(points: Sequence[tuple[float, float]], color: str, dashes: str, width: float) -> str:
    dash = {"-": "none", "--": "7 4", ":": "2 3"}[dashes]
    path = " ".join(f"{x:.0f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-dasharray="{dash}"/>'


def _legend(latest: Mapping[str, float]) -> str:
    values = {term: f" {value:.2g}" for term, value in latest.items()}
    entries = "".join(
        f'<span style="white-space:nowrap"><b style="color:{color}">{sign}</b> {name}{values.get(term, "")}</span>'
        for (term, name), (color, *_), sign in zip(TERMS.items(), LINES, ("—", "- -", "···"), strict=False)
    )
    return f'<div style="display:flex;flex-wrap:wrap;column-gap:12px;{SMALL}">{entries}</div>'


def pull_bar(pulls: Mapping[str, float]) -> str:
    """Show each term's share of the pull on the pixels, as a bar and in words."""
    whole = sum(pulls.values())
    if not whole:
        return ""
    shares = {TERMS[term]: norm / whole for term, norm in pulls.items()}
    blocks = "".join(
        f'<div style="width:{share:.1%};background:{color}"></div>'
        for share, (color, *_) in zip(shares.values(), LINES, strict=False)
    )
    words = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    bar = f'<div aria-hidden="true" style="display:flex;height:8px">{blocks}</div>'
    return f'{bar}<div style="{SMALL}">who pulls: {words}</div>'
