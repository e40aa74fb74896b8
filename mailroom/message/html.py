"""HTML mail to readable text, in bounded time: nh3 makes it well-formed and harmless, one pass reads it."""

import html
import re
from dataclasses import dataclass, field

import nh3

# nh3 is quadratic in nesting and in bare ampersands: what has more than this is read by dropping its tags.
_LENGTH, _TAGS, _DEPTH, _AMPERSANDS = 1024 * 1024, 4_000, 400, 20_000
_BLOCKS = frozenset({"p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "br", "dt", "dd",
                     "h1", "h2", "h3", "h4", "h5", "h6"})  # fmt: skip
_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
_TAG_SET = set(_BLOCKS | {"td", "th"})
# What mail programs write into their tags about whose words these are. Outlook draws a line above the old mail.
_ATTRIBUTES = {"div": {"class", "id", "style"}, "pre": {"class"}}
_SIGNATURE = re.compile(r'class="[^"]*\b(?:gmail_signature|moz-signature|protonmail_signature_block)(?![\w-])')
_OLD_MAIL = re.compile(r'id="(?:divRplyFwdMsg|x_divRplyFwdMsg)"|style="[^"]{0,200}border-top:\s{0,3}solid')
_DRAWN, _SIGNED = "_" * 32, "--"
_SILENT = {"script", "style", "title", "template", "noscript", "xml", "svg", "math"}
_LOOSE = frozenset(
    {"br", "hr", "img", "meta", "link", "input", "col", "p", "li", "td", "th", "tr", "dt", "dd", "option"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]{0,2000}>?")
# It is quadratic in the attributes of one tag too, and we want none of them.
_HUGE_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]{0,15})[^<>]{4000,}>")
_TOKEN = re.compile(r"(<[^>]*>)")
_SILENT_START = re.compile(r"(?i)<(script|style|title|head)\b")
_SPACE = re.compile(r"[ \t\n\r\f\u200b\u200c\ufeff\xad]+")
_BLANKS = re.compile(r"\n{3,}")


def to_text(source: str) -> str:
    """Give the text a reader would see; quotations (blockquote) are marked with "> " as in plain mail."""
    if not _tame(source):
        bare = _TAG.sub("\n", _without_silent(source[: 4 * _LENGTH]))
        return _tidy(html.unescape(bare).split("\n"))
    safe = nh3.clean(
        _HUGE_TAG.sub(r"<\1>", source), tags=_TAG_SET, clean_content_tags=_SILENT, attributes=_ATTRIBUTES, link_rel=None
    )
    return _tidy(_lines(safe))


def _without_silent(source: str) -> str:
    """Drop scripts, styles and the head, each up to its end, or to the text's end where it has none."""
    lower = source.lower()
    kept: list[str] = []
    at = 0
    while found := _SILENT_START.search(lower, at):
        kept.append(source[at : found.start()])
        at = lower.find(f"</{found[1]}", found.end())
        if at < 0:
            return "".join(kept)
    return "".join([*kept, source[at:]])


def _tame(source: str) -> bool:
    if len(source) > _LENGTH or source.count("&") > _AMPERSANDS:
        return False
    if source.count("<") < _TAGS:
        return True
    depth = deepest = 0
    for closing, name in _TAG.findall(source):
        if name.lower() not in _LOOSE:
            depth = max(depth - 1, 0) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest <= _DEPTH


@dataclass(slots=True)
class _Page:
    """The lines so far, and where in them we are."""

    lines: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    quotes: int = 0
    preformatted: bool = False

    def end_line(self, *, always: bool = False) -> None:
        words = "".join(self.current)
        self.current.clear()
        if always or words.strip():
            self.lines.append(("> " * self.quotes + (words.rstrip() if self.preformatted else words.strip())).rstrip())

    def words(self, words: str) -> None:
        if not self.preformatted:
            self.current.append(_SPACE.sub(" ", words))
            return
        first, *rest = words.split("\n")
        self.current.append(first)
        for line in rest:
            self.end_line(always=True)
            self.current.append(line)

    def draw(self) -> None:
        """Draw a line across the page, once."""
        written = next((line for line in reversed(self.lines) if line.strip("> ")), "")
        if not written.endswith(_DRAWN):
            self.lines.append("> " * self.quotes + _DRAWN)

    def said(self, token: str) -> None:
        """Heed what a tag says about whose words come now."""
        if _OLD_MAIL.search(token):
            self.end_line()
            self.draw()
        elif _SIGNATURE.search(token) and not self.quotes:
            self.end_line()
            if any(self.lines) and self.lines[-1] != _SIGNED:
                self.lines.append(_SIGNED)

    def block(self, name: str, *, closing: bool) -> None:
        self.end_line()
        if name == "hr" and not closing:
            self.draw()
        if name == "blockquote":
            self.quotes = max(self.quotes + (-1 if closing else 1), 0)
        elif name == "pre":
            self.preformatted = not closing
        elif name == "li" and not closing:
            self.current.append("- ")
        if name in _PARAGRAPHS:
            self.lines.append(("> " * self.quotes).rstrip())


def _lines(safe: str) -> list[str]:
    page = _Page()
    for token in _TOKEN.split(safe):
        if not token.startswith("<"):
            page.words(html.unescape(token))
            continue
        name = token.strip("</>").split()[0]
        if name in ("td", "th"):
            page.current.append(" ")
        elif name == "br":
            page.end_line(always=True)
        elif name in _BLOCKS:
            if "=" in token:
                page.said(token)
            page.block(name, closing=token.startswith("</"))
    page.end_line()
    return page.lines


def _tidy(lines: list[str]) -> str:
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()
