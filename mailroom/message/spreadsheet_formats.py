"""What a cell's number means: a figure, a date, a percentage, an amount of money, or something kept out of sight.

A workbook stores 0.08 for 8% and 46000 for a day; only its number format tells (ISO 29500-1, 18.8.30 and 18.8.31).
"""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

from mailroom.message.spreadsheet import Form
from mailroom.message.spreadsheet_package import Attributes, Package

Format = Literal["figure", "date", "percentage", "amount", "hidden"]

_PERCENT: Final = frozenset([9, 10])
_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_AMOUNTS: Final = frozenset([5, 6, 7, 8, 42, 44])
_QUOTED = re.compile(r"\"[^\"]*\"|\\.|_.|\*.")
_BRACKET = re.compile(r"\[(?![hms$])[^\]]*\]", re.IGNORECASE)
_CURRENCY = re.compile(r"\[\$[^\-\]]+[^\]]*\]|(?<!\[)[£$€¥]")
_LOCALE = re.compile(r"\[\$[^\]]*\]")
_DATE = re.compile(r"[dmyhs]", re.IGNORECASE)
_EPOCH, _LATEST = datetime(1899, 12, 30), 2_958_465  # noqa: DTZ001 - a day in a workbook has no zone


def formats(whole: Package, name: str) -> tuple[Format, ...]:
    """Return what each style of a workbook makes of a number, in the order of the styles."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    within = ""

    def begin(tag: str, attributes: Attributes) -> None:
        nonlocal within
        if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
            within = tag
        elif tag == "numFmt" and within != "dxfs":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "xf" and within == "cellXfs":
            styles.append(attributes.get("numFmtId", ""))

    if whole.has(name):
        whole.walk(name, begin)
    return tuple(_of(one, codes) for one in styles)


def form_of(kind: Format) -> Form:
    """Return the form of a cell with such a format; what is out of sight is a figure all the same."""
    return "figure" if kind == "hidden" else kind


def day(number: float) -> str:
    """Write a workbook's day as 2026-10-13, with the time where there is one."""
    if not 0 <= number <= _LATEST:
        return f"{number:g}"
    moment = _EPOCH + timedelta(days=number)
    return moment.strftime("%Y-%m-%d" if number == int(number) else "%Y-%m-%d %H:%M")


def _of(number: str, codes: dict[str, str]) -> Format:
    if number in codes:
        return of_code(codes[number])
    place = int(number) if number.isdecimal() and len(number) < 6 else 0  # noqa: PLR2004 - numbers end at 65535
    if place in _PERCENT:
        return "percentage"
    if place in _DATES:
        return "date"
    return "amount" if place in _AMOUNTS else "figure"


def of_code(code: str) -> Format:
    """Tell what a number format shows.

    `;;;` shows nothing. `[<10]"under 10";0` shows words in place of some figures, and the cell still holds them.
    """
    if code and not code.replace(";", "").strip():
        return "hidden"
    if _CURRENCY.search(code):
        return "amount"
    plain = _BRACKET.sub("", _LOCALE.sub("", _QUOTED.sub("", code)))
    if "%" in plain:
        return "percentage"
    if "general" not in plain.casefold() and _DATE.search(plain.replace("E+", "").replace("e+", "")):
        return "date"
    return "figure"
