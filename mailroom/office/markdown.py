"""Markdown in both its forms: readable plain text, and the HTML that layout.py puts a page round.

Only what a letter needs is read: paragraphs, headings, lists, tables, quotations, bold, italic, links, and
pictures that come with the mail. HTML, other images, code and bare addresses stay the text they are, so
that nothing a stranger wrote can become part of a mail's form. `escape` makes any text such a plain value.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from mailroom.office import variants

LINKS = ("https:", "mailto:", "tel:")
"""What a link may begin with."""

# Characters that turn the direction of what follows: an address could be shown backwards.
_TURNING = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
# CommonMark 0.31 section 2.4: any ASCII punctuation character may be escaped with a backslash.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_INVISIBLE = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}

_PICTURE = "cid:"
"""What the address of a picture begins with that came with the mail (RFC 2392); there are no others."""

REFERENCE = re.compile(r"\b(?:[A-Z]{2,6}-\d{4}-\d{2,4}|[A-Z2-9]{4}-[A-Z2-9]{4})\b")
"""What a case or a code is called by."""


_LINE = 72
"""Characters of a line that every window shows."""


def _parser() -> MarkdownIt:
    """Return a parser of the few forms a letter needs.

    `lheading` is off because a line of dashes under a paragraph means a line; `reference` because text
    in brackets is text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.at("image", _image)
    parser.add_render_rule("text", _words)
    return parser.disable(
        ["code", "fence", "backticks", "html_block", "html_inline", "autolink", "reference", "lheading"]
    )


def _words(_renderer: object, tokens: Sequence[Token], n: int, *_: object) -> str:
    """Write words as HTML; a reference such as INC-2027-001 or a code is never parted at the end of a line."""
    return REFERENCE.sub(r'<span class="ref">\g<0></span>', escapeHtml(tokens[n].content))


def _image(state: StateInline, silent: bool) -> bool:
    """Read a picture only where it comes with the mail; one from elsewhere would tell who opened it, and when."""
    begin = state.pos
    if not image(state, silent):
        return False
    if silent or str(state.tokens[-1].attrs.get("src", "")).startswith(_PICTURE):
        return True
    state.tokens.pop()
    state.pos = begin
    return False


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


def to_html(source: str, *, one_column: bool = False) -> str:
    """Render Markdown as HTML without a page round it; `one_column` makes a list of each table."""
    return _html(_MARKDOWN.parse(source), one_column=one_column)


def both(source: str, *, one_column: bool = False) -> tuple[str, str]:
    """Render Markdown as plain text and as HTML, reading it once."""
    tokens = _MARKDOWN.parse(source)
    return _blocks(SyntaxTreeNode(tokens).children), _html(tokens, one_column=one_column)


def _html(tokens: Sequence[Token], *, one_column: bool) -> str:
    if one_column:
        tokens = list(variants.in_one_column(tokens))
    _in_order(tokens)
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "table_open":
            token.attrSet("class", "rows")
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def picture(alt: str, cid: str) -> str:
    """Write a picture that comes with the mail as Markdown; nobody's words can, as `escape` takes their form."""
    return f"![{escape(alt)}]({_PICTURE}{cid})"


def pictures(source: str) -> list[str]:
    """Return the Content-ID of every picture, in their order."""
    if f"({_PICTURE}" not in source:
        return []
    return [
        str(node.attrs["src"]).removeprefix(_PICTURE)
        for node in SyntaxTreeNode(_MARKDOWN.parse(source)).walk()
        if node.type == "image"
    ]


def links(source: str) -> list[str]:
    """Return the address of every link."""
    return [
        str(node.attrs.get("href", ""))
        for node in SyntaxTreeNode(_MARKDOWN.parse(source)).walk()
        if node.type == "link"
    ]


def _in_order(tokens: Sequence[Token]) -> None:
    """Let no heading be more than one level below the one before it: who listens to a mail would look for it."""
    before = 0
    for token in tokens:
        if token.type == "heading_open":
            before = min(int(token.tag[1]), before + 1) if before else int(token.tag[1])
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{before}"


def _blocks(nodes: Sequence[SyntaxTreeNode], between: str = "\n\n") -> str:
    return between.join(text for node in nodes if (text := _block(node)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "inline":
            return re.sub("  +", " ", _inline(node.children))
        case "heading":
            words = _blocks(node.children)
            return f"{words}\n{'-' * min(len(words), _LINE)}"
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
        case "image":
            return f"[Picture: {_inline(node.children)}]"
        case "link":
            return _link(_inline(node.children), str(node.attrs.get("href", "")))
        case _:
            return _inline(node.children)


def _link(words: str, address: str) -> str:
    # With a subject it is a mail half written, which only a link with its scheme opens.
    shown = address if "?" in address else re.sub(r"^(mailto|tel):", "", address)
    bare = re.sub(r"^https://", "", shown).rstrip("/")
    return words if re.sub(r"\s", "", words) in (shown, bare) else f"{words} ({shown})"
