"""What the studio shows, as HTML: messages, pictures, the wipe, code. Text is escaped here, and in `chart`."""

import html
from collections.abc import Mapping

WIDTH = 400  # px, of what is shown
WRAP = "overflow-wrap:anywhere;white-space:normal;line-height:1.4;max-width:400px"
CHOSEN = "course-picture-chosen"  # the CSS class of a chosen picture


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


def thumbnail_style(name: str, url: str) -> str:
    """Make a button of the CSS class `name` show a picture, with its text in white along the bottom."""
    shade = "linear-gradient(transparent 60%, rgba(0,0,0,.75) 75%)"
    return (
        f"<style>.{name}.{name}{{background:{shade}, url({url}) center/cover;color:white;font-size:11px;"
        f"padding:54px 2px 0;line-height:20px}}.{CHOSEN}.{CHOSEN}{{outline:4px solid #0072B2;outline-offset:-2px}}"
        f".{name}.{name}:focus{{outline:4px solid #D55E00;outline-offset:-2px}}</style>"
    )


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
    style = f"white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;width:{width}px;max-width:100%"
    return f'<pre style="{style}">{html.escape(text)}</pre>'


def wiped(before: str, after: str, share: float, alt: str) -> str:
    """Lay `before` over the left `share`, 0 to 1, of `after`; both are addresses of pictures of one shape."""
    caption = f"<div>{html.escape(alt)}</div>"
    if share <= 0:
        return picture(after, alt) + caption
    cut = f"inset(0 {100 * (1 - share):.1f}% 0 0)"
    line = f"position:absolute;top:0;bottom:0;left:{100 * share:.1f}%;border-left:2px solid white"
    return (
        f'<div style="position:relative;width:{WIDTH}px;max-width:100%">{picture(after, alt)}'
        f'<img src="{before}" alt="the photo, over the left {share:.0%}" '
        f'style="position:absolute;top:0;left:0;width:100%;clip-path:{cut}"><div style="{line}"></div></div>{caption}'
    )
