"""A process drawn as a picture: the boxes of drawing.py, and a line from each way out to where it leads.

Each line runs in a lane of its own at the right, so that no two lie upon each other and no word lies under one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Final

from mailroom.rules.cases.drawing import Box, boxes, ends, heading, shown, title
from mailroom.rules.cases.model import CaseFile

_BOX: Final = 720
_LEFT: Final = 24
_ROW: Final = 19
_HEAD: Final = 30
_PAD: Final = 10
_GAP: Final = 26
_LANE: Final = 13
_CHARS: Final = 96
_BOLD: Final = 84
"""Letters of 13 pixels that a box is wide enough for, in whichever font is at hand, and bold ones."""

_INK: Final = {
    "entry": "#33475b", "message": "#1d6b3a", "command": "#1b4f8f", "form": "#1d6b3a", "time": "#8a4b00",
    "flag": "#7a2e6f", "approval": "#1b4f8f", "case": "#1b4f8f", "chase": "#8a4b00", "deadline": "#8a4b00",
    "does": "#222222",
}  # fmt: skip
"""Colours of what is waited for, dark enough on white to be read (4.5 to 1); the words say the same."""

_STYLE: Final = (
    "text{font-family:sans-serif;font-size:13px}.name{font-weight:bold;font-size:14px;fill:#ffffff}"
    ".title{font-weight:bold;font-size:18px;fill:#222222}.note{fill:#444444}"
    ".way{fill:none;stroke:#6b7785;stroke-width:1.4}.end{fill:#6b7785}"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """A line from a row of one box to the head of another."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box, where it begins and how high it is."""

    names: tuple[str, ...]
    top: int
    height: int
    parts: tuple[str, ...]
    ways: tuple[tuple[int, str], ...]
    """How far down a way out stands, and where it leads."""


def svg(case_file: CaseFile) -> str:
    """Return the picture of a process, as the text of an SVG file."""
    top, head = _heading(case_file)
    placed: list[_Placed] = []
    for n, box in enumerate(boxes(case_file)):
        made = _box(box, case_file, top, begins=n == 0)
        placed.append(made)
        top = made.top + made.height + _GAP
    for name in ends(case_file):
        made = _end(name, top)
        placed.append(made)
        top = made.top + made.height + _GAP // 2
    lines, lanes = _lines(placed)
    width = _LEFT + _BOX + _LANE * (lanes + 2) + _LEFT
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top}" viewBox="0 0 {width} {top}" '
        f'role="img" aria-label="{escape(case_file.title)}">'
    )
    arrow = '<marker id="to" markerWidth="9" markerHeight="9" refX="7" refY="4" orient="auto">'
    arrow += '<path class="end" d="M0,0 L8,4 L0,8 z"/></marker>'
    parts = [opening, f"<title>{escape(case_file.title)}</title><style>{_STYLE}</style><defs>{arrow}</defs>"]
    parts.append(f'<rect width="{width}" height="{top}" fill="#ffffff"/>')
    parts += head
    parts += lines
    parts += [part for one in placed for part in one.parts]
    return "\n".join([*parts, "</svg>", ""])


def _heading(case_file: CaseFile) -> tuple[int, list[str]]:
    parts = [_text(_LEFT, 32, f"{case_file.title} ({case_file.reference})", "title")]
    top = 54
    for line in heading(case_file):
        for row in wrap(line, _CHARS, subsequent_indent="    "):
            parts.append(_text(_LEFT, top, row, "note"))
            top += _ROW
    return top + 4, parts


def _box(box: Box, case_file: CaseFile, top: int, *, begins: bool) -> _Placed:
    parts: list[str] = []
    ways: list[tuple[int, str]] = []
    names = wrap(title(box, case_file, begins=begins), _CHARS - 14) or [""]
    head = _HEAD + _ROW * (len(names) - 1)
    y = top + head + _PAD + 4
    for line in box.lines:
        indent = 22 * line.inside
        fit = _CHARS - 3 * line.inside if line.inside else _BOLD
        for n, row in enumerate(wrap(shown(line), fit)):
            parts.append(
                _text(_LEFT + 14 + indent + (16 if n else 0), y + 6, row, "", _INK[line.kind], line.inside == 0)
            )
            if n == 0 and line.to:
                ways.append((y + 2, line.to))
            y += _ROW
    height = max(y - top + _PAD - 6, head + _ROW)
    fill = "#5b6670" if box.anywhere else "#1f3a5f"
    dashes = ' stroke-dasharray="6 4"' if box.anywhere else ""
    frame = [
        f'<rect x="{_LEFT}" y="{top}" width="{_BOX}" height="{height}" rx="8" fill="#fbfcfd" stroke="{fill}"{dashes}/>',
        f'<path d="M{_LEFT},{top + head} v-{head - 8} q0,-8 8,-8 h{_BOX - 16} q8,0 8,8 v{head - 8} z" fill="{fill}"/>',
    ]
    frame += [_text(_LEFT + 14, top + 20 + _ROW * n, row, "name") for n, row in enumerate(names)]
    return _Placed(box.names, top, height, (*frame, *parts), tuple(ways))


def _end(name: str, top: int) -> _Placed:
    height = _HEAD
    rect = (
        f'<rect x="{_LEFT}" y="{top}" width="{_BOX}" height="{height}" rx="15" fill="#eef1f4" stroke="#1f3a5f" '
        'stroke-width="2.5"/>'
    )
    return _Placed(
        (name,), top, height, (rect, _text(_LEFT + 18, top + 20, f"{name}, final", "", "#1f3a5f", bold=True)), ()
    )


def _text(x: int, y: int, words: str, name: str, ink: str = "", bold: bool = False) -> str:
    style = f' class="{name}"' if name else f' fill="{ink}"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{style}{weight}>{escape(words)}</text>'


def _lines(placed: Sequence[_Placed]) -> tuple[list[str], int]:
    """Return every way as a line, and how many lanes they take: a short way lies inside, a long one outside."""
    heads = {name: one.top + _HEAD // 2 for one in placed for name in one.names}
    ways = sorted(
        {_Way(begins, heads[to]) for one in placed for begins, to in one.ways if to in heads},
        key=lambda way: (abs(way.ends - way.begins), way.begins),
    )
    lanes: list[list[_Way]] = []
    parts: list[str] = []
    for way in ways:
        lane = next((n for n, taken in enumerate(lanes) if not any(_meet(way, one) for one in taken)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(way)
        parts.append(_line(way, lane))
    return parts, len(lanes)


def _meet(one: _Way, other: _Way) -> bool:
    first, second = sorted((min(way.begins, way.ends), max(way.begins, way.ends)) for way in (one, other))
    # Ways into the same stage may share a lane: they become one line.
    return second[0] <= first[1] + 4 and one.ends != other.ends


def _line(way: _Way, lane: int) -> str:
    right = _LEFT + _BOX
    x = right + _LANE * (lane + 1)
    return f'<path class="way" marker-end="url(#to)" d="M{right},{way.begins} H{x} V{way.ends} H{right + 2}"/>'
