"""The one page that every mail's HTML stands in: its colours, sizes and frame come from layout.html.

The stylesheet is written into each tag, because Outlook for Windows and Gmail look nowhere else; only the two media
queries stay in the head, for dark screens and phones. Nothing is fetched from anywhere. The frame is one presentation
table that only Outlook for Windows sees, as it knows no greatest width.
"""

import html
from collections.abc import Iterable
from importlib import resources
from string import Template
from typing import Final

from css_inline import CSSInliner

from mailroom.message.picture import Picture
from mailroom.office.variants import Format

MOST_HTML: Final = 60 * 1024
"""Bytes of a page; Gmail cuts off at 102 KB, and a page over 60 is no letter any more."""

WIDTH: Final = {"standard": 640, "plain": 640, "large": 800}

_EDGES: Final = 32
"""Points beside a mail's words."""

_PAGE: Final = Template(resources.files("mailroom.office").joinpath("layout.html").read_text(encoding="utf-8"))
_INLINER: Final = CSSInliner(keep_at_rules=False, load_remote_stylesheets=False)


def sized(body: str, pictures: Iterable[Picture], form: Format) -> str:
    """Say how wide each picture is: Outlook for Windows heeds no style, and would show every point of it."""
    for one in pictures:
        if one.width:
            source = f'src="cid:{one.cid}"'
            body = body.replace(source, f'{source} width="{min(one.width, WIDTH[form] - _EDGES)}"')
    return body


def page(body: str, *, title: str, marking: str = "", footer: str = "", form: Format = "standard") -> str:
    """Put a mail into the page; `body` and `footer` are HTML already, `title` and `marking` are text."""
    return _INLINER.inline(
        _PAGE.substitute(
            title=html.escape(title),
            width=WIDTH[form],
            form=" large" if form == "large" else "",
            marking=f'<p class="marking">{html.escape(marking)}</p>\n' if marking else "",
            body=body,
            footer=f'<hr>\n<div class="footer">\n{footer}</div>\n' if footer.strip() else "",
        )
    )
