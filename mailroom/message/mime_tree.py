"""Bytes to a tree of MIME parts (RFC 2045, 2046): what the standard library's parser gives, in half its time.

That parser takes every line by itself and compiles a pattern for each boundary. Here only headers are read, and
boundaries are searched for; all between two of them is taken as it stands. Damaged mail comes out as it does
there, with the same defects, in time that grows with the length of the mail.
"""

import re
from dataclasses import dataclass
from email import errors
from email.message import Message as Tree
from typing import Any

# What the standard library raises on parameters that make no sense.
NONSENSE = (LookupError, ValueError, TypeError)
# A header with the lines it is folded over; a line that belongs to the headers though it is none; the end of a line.
_FIELD = re.compile(r"([!-9;-~]+):[ \t]*([^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*)(?:\r\n?|\n|\Z)")
_STRAY = re.compile(r"(?:From |:|[ \t])[^\r\n]*(?:\r\n?|\n|\Z)")
_LINE_END = re.compile(r"\r\n?|\n")
_REST = re.compile(r"[^\r\n]*")
_AFTER_BOUNDARY = re.compile(r"(--)?[ \t]*(?:\r\n?|\n|\Z)")
_BEFORE_BLANK = re.compile(r"(?>\r\n?|\n)(?=[\r\n])")


class Part(Tree):
    """A part whose parameters can be asked for without fear: RFC 2231 lets senders name codecs and miscount."""

    def get_param(self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True) -> Any:  # noqa: ANN401 - the standard library's signature
        """Give a parameter, `failobj` where it makes no sense."""
        try:
            return super().get_param(param, failobj, header, unquote)
        except NONSENSE:
            return failobj

    def get_boundary(self, failobj: Any = None) -> Any:  # noqa: ANN401 - the standard library's signature
        """Give the boundary, `failobj` where it makes no sense; the standard library's parser asks for it too."""
        try:
            return super().get_boundary(failobj)
        except NONSENSE:
            return failobj

    def give_back_line_end(self) -> None:
        """Take off the line end before a boundary, which belongs to the boundary (RFC 2046 section 5.1.1)."""
        payload = self._payload  # type: ignore[has-type]
        if self.get_content_maintype() == "multipart":
            self.epilogue = _without_line_end(self.epilogue) if self.epilogue else None
        elif isinstance(payload, str):
            self._payload = _without_line_end(payload)


def parsed(raw: bytes) -> Part:
    """Build the tree of a message within the caps of `limits`."""
    root = Part()
    _Reading(raw.decode("ascii", "surrogateescape")).message(root, 0, _Ends())
    if root.get_content_maintype() == "multipart" and not root.is_multipart():
        root.defects.append(errors.MultipartInvariantViolationDefect())
    return root


@dataclass(frozen=True, slots=True)
class _Ends:
    """What ends the part being read: the boundaries around it and, in a group of a report, a blank line."""

    boundaries: tuple[str, ...] = ()
    blank: bool = False


class _Reading:
    """One message's text. Each method reads on from `at`, the beginning of a line, and says where the rest begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.next: dict[str, int] = {}

    def message(self, part: Part, at: int, ends: _Ends) -> tuple[int, Part]:
        """Fill `part`; give the part, within it or itself, to which a line end before the next boundary would fall."""
        at = self._headers(part, at, ends)
        main = part.get_content_maintype()
        if main == "multipart":
            return self._multipart(part, at, ends), part
        if main == "message":
            if part.get_content_subtype() == "delivery-status":
                return self._groups(part, at, ends)
            return self.message(_child(part), at, ends)
        end = self._end(at, ends)
        part.set_payload(self.text[at:end])
        return end, part

    def _headers(self, part: Part, at: int, ends: _Ends) -> int:
        start = at
        while not self._is_end(at, ends):
            if field := _FIELD.match(self.text, at):
                part.set_raw(field[1], field[2])
                at = field.end()
            elif stray := _STRAY.match(self.text, at):
                if stray[0].startswith("From ") and at > start and not self._is_header(stray.end(), ends):
                    return at  # the first line of the body looks like an envelope
                _note(part, stray[0], first=at == start)
                at = stray.end()
            elif blank := _LINE_END.match(self.text, at):
                return blank.end()
            else:
                part.defects.append(errors.MissingHeaderBodySeparatorDefect())
                return at
        return at

    def _is_header(self, at: int, ends: _Ends) -> bool:
        return not self._is_end(at, ends) and bool(_FIELD.match(self.text, at) or _STRAY.match(self.text, at))

    def _groups(self, part: Part, at: int, ends: _Ends) -> tuple[int, Part]:
        """Read the groups of fields of a delivery report (RFC 3464 section 2.1), each as a message of its own."""
        group = _Ends(ends.boundaries, blank=True)
        while True:
            at, last = self.message(_child(part), at, group)
            if not self._is_end(at, ends) and (blank := _LINE_END.match(self.text, at)):
                at = blank.end()
            if self._is_end(at, ends):
                return at, last

    def _multipart(self, part: Part, at: int, ends: _Ends) -> int:
        boundary = part.get_boundary()
        if boundary is None:
            part.defects.append(errors.NoBoundaryInMultipartDefect())
            end = self._end(at, ends)
            part.set_payload(self.text[at:end])
            return end
        own = f"--{boundary}"
        inner = _Ends((*ends.boundaries, own), blank=ends.blank)
        # What was folded over two lines is on no line.
        first = self._end(at, ends if "\n" in own or "\r" in own else inner)
        if self._is_end(first, ends) or self._boundary(first, own)[1]:
            part.defects.append(errors.StartBoundaryNotFoundDefect())
            part.set_payload(self.text[at:first])
            part.epilogue = ""
            return self._end(first, ends)
        if first > at:
            part.preamble = _without_line_end(self.text[at:first])
        at = first
        while not self._is_end(at, ends):
            after, closing = self._boundary(at, own)
            if closing:
                end = self._end(after, ends)
                part.epilogue = self.text[after:end]
                return end
            while after > at:
                at = after
                after = at if self._is_end(at, ends) else self._boundary(at, own)[0]
            at, last = self.message(_child(part), at, inner)
            last.give_back_line_end()
        part.defects.append(errors.CloseBoundaryNotFoundDefect())
        return at

    def _boundary(self, at: int, boundary: str) -> tuple[int, bool]:
        """Give the end of the boundary line at `at`, `at` itself where there is none, and whether it is the last."""
        if self.text.startswith(boundary, at) and (found := _AFTER_BOUNDARY.match(self.text, at + len(boundary))):
            return found.end(), found[1] is not None
        return at, False

    def _is_boundary(self, at: int, boundary: str) -> bool:
        return (at == 0 or self.text[at - 1] in "\r\n") and self._boundary(at, boundary)[0] > at

    def _is_end(self, at: int, ends: _Ends) -> bool:
        if at >= len(self.text) or (ends.blank and self.text[at] in "\r\n"):
            return True
        return self.text.startswith("--", at) and any(self._boundary(at, one)[0] > at for one in ends.boundaries)

    def _end(self, at: int, ends: _Ends) -> int:
        """Find where the part ends that is being read at `at`."""
        end = min((self._next(one, at) for one in ends.boundaries), default=len(self.text))
        if ends.blank and at < end:
            blank = _BEFORE_BLANK.search(self.text, at, end)
            return at if self.text[at] in "\r\n" else blank.end() if blank else end
        return end

    def _next(self, boundary: str, at: int) -> int:
        """Find the next line that is this boundary. Reading never goes back, so each line is looked at once."""
        found = self.next.get(boundary, -1)
        if found < at:
            found = self.text.find(boundary, at)
            while found >= 0 and not self._is_boundary(found, boundary):
                found = self.text.find(boundary, _REST.match(self.text, found).end())  # type: ignore[union-attr]
            self.next[boundary] = found = found if found >= 0 else len(self.text)
        return found


def _child(part: Part) -> Part:
    child = Part()
    if part.get_content_type() == "multipart/digest":
        child.set_default_type("message/rfc822")
    part.attach(child)
    return child


def _note(part: Part, line: str, *, first: bool) -> None:
    """Keep the envelope that some programs put on the first line, and note any other line that is no header."""
    if line.startswith("From "):
        if first:
            part.set_unixfrom(line.rstrip("\r\n"))
        else:
            part.defects.append(errors.MisplacedEnvelopeHeaderDefect(line))
    elif line.startswith(":"):
        part.defects.append(errors.InvalidHeaderDefect("Missing header name."))
    else:
        part.defects.append(errors.FirstHeaderLineIsContinuationDefect(line))


def _without_line_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")
