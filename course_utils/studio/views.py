"""What the studio shows, as HTML: messages, pictures, the wipe, code. Text is escaped here, and in `chart`."""

import html
from collections.abc import Mapping

WRAP = "overflow-wrap:anywhere;white-space:normal;line-height:1.4"
CHOSEN = "course-picture-chosen"  # the CSS class of a chosen picture

# Where the studio's parts go, by CSS class. The picture takes the width that the knobs beside it leave, and at most
# the height that a screen of 720 px leaves below the thumbnails. A narrow studio is one column, with the work first.
LAYOUT = """<style>
.course-studio.course-studio { container-type: inline-size; width: 100%; overflow: visible; gap: 6px; }
.course-choice { gap: 20px; flex-flow: row wrap; }
.course-work { gap: 16px; align-items: flex-start; }
.course-stage { flex: 2 1 0; min-width: 0; max-width: max(560px, (100vh - 346px) * 1.6); }
.course-side { flex: 0 0 340px; min-width: 0; }
.course-settings { display: grid !important; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); }
@container (max-width: 800px) {
  .course-work.course-work { order: -1; flex-direction: column; align-items: stretch; }
  .course-stage, .course-side { flex: none; max-width: none; }
}
</style>"""


def message(text: str, failed: bool = False) -> str:
    """Format a status line; a failure stands out by a word and a frame, not by colour alone."""
    if failed:
        style = f"{WRAP};border-left:4px solid #D55E00;padding-left:8px"
        return f'<div role="alert" style="{style}"><b>Failed:</b> {html.escape(text)}</div>'
    return f'<div role="status" style="{WRAP}">{html.escape(text)}</div>'


def heading(text: str) -> str:
    """Format a heading for a part of the studio."""
    return f"<b>{html.escape(text)}</b>"


def picture(url: str, alt: str, width: int | None = None) -> str:
    """Show a picture of a given width in pixels; None fills the available width."""
    wide = "100%" if width is None else f"{width}px"
    return f'<img src="{url}" alt="{html.escape(alt)}" style="width:{wide};max-width:100%;display:block">'


def thumbnail_style(name: str, url: str) -> str:
    """Make a button of the CSS class `name` show a picture, with its text in white along the bottom."""
    shade = "linear-gradient(transparent 60%, rgba(0,0,0,.75) 75%)"
    return (
        f"<style>.{name}.{name}{{background:{shade}, url({url}) center/cover;color:white;font-size:11px;"
        f"padding:38px 2px 0;line-height:20px}}.{CHOSEN}.{CHOSEN}{{outline:4px solid #0072B2;outline-offset:-2px}}"
        f".{name}.{name}:focus{{outline:4px solid #D55E00;outline-offset:-2px}}</style>"
    )


def thumbnail(url: str, alt: str, width: int) -> str:
    """Show the middle of a picture in a frame of 3 to 2, `width` pixels wide."""
    frame = f"width:{width}px;height:{width * 2 // 3}px;object-fit:cover;display:block"
    return f'<img src="{url}" alt="{html.escape(alt)}" style="{frame}">'


def thumbnails(pictures: Mapping[str, str], width: int = 64) -> str:
    """Show small pictures in a row, `{caption: URL}`."""
    small = "".join(
        f'<figure style="margin:0 6px 0 0">{thumbnail(url, caption, width)}'
        f'<figcaption style="font-size:10px">{html.escape(caption)}</figcaption></figure>'
        for caption, url in pictures.items()
    )
    return f'<div style="display:flex;flex-wrap:wrap">{small}</div>'


def code(text: str) -> str:
    """Show a line of code, to be copied."""
    style = "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
    return f'<pre style="{style}">{html.escape(text)}</pre>'


def wiped(before: str, after: str, share: float, alt: str, ratio: float) -> str:
    """Lay `before` over the left `share`, 0 to 1, of `after`, as large as the column and the screen allow.

    Both are URLs of pictures, and `ratio` is the width of either over its height.
    """
    room = f"width:min(100%, max(376px, 100vh - 346px) * {ratio:.4f})"
    over = ""
    if share > 0:
        over = (
            f'<img src="{before}" alt="the photo, over the left {share:.0%}" style="position:absolute;top:0;left:0;'
            f'width:100%;clip-path:inset(0 {100 * (1 - share):.1f}% 0 0)"><div style="position:absolute;top:0;'
            f'bottom:0;left:{100 * share:.1f}%;border-left:2px solid white"></div>'
        )
    return f'<div style="position:relative;{room}">{picture(after, alt)}{over}</div><div>{html.escape(alt)}</div>'
