"""Markdown in both its forms: readable plain text, and HTML in one simple layout.

Only what a letter needs is read: paragraphs, headings, lists, tables, quotations, bold, italic and
links. HTML, images, code and bare addresses stay the text they are, so that nothing a stranger wrote
can become part of a mail's form. `escape` makes any text such a plain value.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

LINKS = ("https:", "mailto:", "tel:")
"""What a link may begin with."""

# Characters that turn the direction of what follows: an address could be shown backwards.
_TURNING = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
# CommonMark 0.31 section 2.4: any ASCII punctuation character may be escaped with a backslash.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_INVISIBLE = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}

_FONT = "font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5"
_CELL = "padding:6px 8px;border-bottom:1px solid #8a9199;text-align:left;vertical-align:top"
# Outlook's engine inherits little, so each block says its own font; no text colour is set, so that a
# dark screen may choose its own.
_STYLES = {
    "p": f"margin:0 0 16px;{_FONT}",
    "h1": "margin:0 0 16px;font-family:Arial,Helvetica,sans-serif;font-size:24px;line-height:1.25;font-weight:bold",
    "h2": "margin:24px 0 8px;font-family:Arial,Helvetica,sans-serif;font-size:19px;line-height:1.3;font-weight:bold",
    "h3": "margin:16px 0 8px;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.4;font-weight:bold",
    "ul": f"margin:0 0 16px;padding:0 0 0 24px;{_FONT}",
    "ol": f"margin:0 0 16px;padding:0 0 0 24px;{_FONT}",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding:0 0 0 12px;border-left:4px solid #8a9199",
    "hr": "margin:24px 0 16px;border:0;border-top:1px solid #8a9199",
    "table": f"margin:0 0 16px;width:100%;border-collapse:collapse;{_FONT}",
    "th": f"{_CELL};font-weight:bold",
    "td": _CELL,
}
_SMALL = "font-size:14px;line-height:1.5"

_LAYOUT = """<!doctype html>
<html lang="en-GB" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }}</style>
</head>
<body style="margin:0;padding:0">
<div role="article" lang="en-GB" style="max-width:640px;padding:16px;{font}">
{marking}{body}{footer}</div>
</body>
</html>
"""


def _parser() -> MarkdownIt:
    """Return a parser of the few forms a letter needs.

    `lheading` is off because a line of dashes under a paragraph means a line; `reference` because text
    in brackets is text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.disable(
        ["code", "fence", "backticks", "html_block", "html_inline", "autolink", "reference", "lheading", "image"]
    )


_MARKDOWN = _parser()


def plain(value: str) -> str:
    """Return text on one line, without what cannot be seen or turns the direction of writing."""
    if not value.isprintable():
        value = "".join(" " if unicodedata.category(c) in _INVISIBLE else c for c in value.translate(_TURNING))
    return " ".join(value.split())


def escape(value: str) -> str:
    """Write any text so that Markdown shows it just as it is, on one line."""
    return _PUNCTUATION.sub(r"\\\1", plain(value))


def to_text(source: str) -> str:
    """Render Markdown as plain text: a paragraph a line, links as "words (address)"."""
    return _blocks(SyntaxTreeNode(_MARKDOWN.parse(source)).children)


def to_html(source: str, *, title: str, marking: str = "", footer: str = "") -> str:
    """Render Markdown as a whole HTML page; `footer` is Markdown too, `title` and `marking` are text."""
    above = f'<p style="{_STYLES["p"]};font-weight:bold">{html.escape(marking)}</p>\n' if marking else ""
    below = f'<hr style="{_STYLES["hr"]}">\n{_fragment(footer, small=True)}' if footer.strip() else ""
    return _LAYOUT.format(title=html.escape(title), font=_FONT, marking=above, body=_fragment(source), footer=below)


def links(source: str) -> list[str]:
    """Return the address of every link."""
    return [
        str(node.attrs.get("href", ""))
        for node in SyntaxTreeNode(_MARKDOWN.parse(source)).walk()
        if node.type == "link"
    ]


def _fragment(source: str, *, small: bool = False) -> str:
    tokens = _MARKDOWN.parse(source)
    _style(tokens, small=small)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _style(tokens: Sequence[Token], *, small: bool) -> None:
    for token in tokens:
        style = _STYLES.get(token.tag, "")
        if style and token.nesting >= 0:
            token.attrSet("style", f"{style};{_SMALL}" if small and token.tag in ("p", "ul", "ol") else style)
        if token.type == "th_open":
            token.attrSet("scope", "col")


def _blocks(nodes: Sequence[SyntaxTreeNode], between: str = "\n\n") -> str:
    return between.join(text for node in nodes if (text := _block(node)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "inline":
            return re.sub("  +", " ", _inline(node.children))
        case "heading":
            words = _blocks(node.children)
            return f"{words}\n{'-' * len(words)}"
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _blocks(node.children).split("\n"))
        case "table":
            return _table(node)
        case "hr":
            return "---"
        case _:
            return _blocks(node.children)


def _list(node: SyntaxTreeNode) -> str:
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    first = int(node.attrs.get("start", 1))
    items = []
    for n, item in enumerate(node.children, start=first):
        mark = f"{n}. " if node.type == "ordered_list" else "- "
        items.append(mark + _blocks(item.children, "\n" if tight else "\n\n").replace("\n", "\n" + " " * len(mark)))
    return ("\n" if tight else "\n\n").join(items)


def _table(node: SyntaxTreeNode) -> str:
    """Write a row a line, each value but the first under its own name: that reads on a phone and aloud."""
    names, *rows = [
        [_blocks(cell.children) for cell in row.children] for part in node.children for row in part.children
    ]
    return "\n".join("- " + "; ".join(_cells(names, row)) for row in rows)


def _cells(names: Sequence[str], row: Sequence[str]) -> Iterator[str]:
    for n, (name, value) in enumerate(zip(names, row, strict=False)):
        if value:
            yield f"{name}: {value}" if n and name else value


def _inline(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(_piece(node) for node in nodes)


def _piece(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "text_special":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link(_inline(node.children), str(node.attrs.get("href", "")))
        case _:
            return _inline(node.children)


def _link(words: str, address: str) -> str:
    # With a subject it is a mail half written, which only a link with its scheme opens.
    shown = address if "?" in address else re.sub(r"^(mailto|tel):", "", address)
    bare = re.sub(r"^https://", "", shown).rstrip("/")
    return words if re.sub(r"\s", "", words) in (shown, bare) else f"{words} ({shown})"
