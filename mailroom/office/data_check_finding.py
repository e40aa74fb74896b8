"""One thing found in an analyst's return, and how its sentences are worded."""

from dataclasses import dataclass
from typing import Literal

from mailroom.message.spreadsheet import Book

Kind = Literal[
    "unreadable", "hidden sheet", "hidden cells", "records", "small cells", "subtraction", "person", "comments",
    "carried", "properties", "marking", "formula", "link", "words", "not checked",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """`sentence` says it to the analyst and the coordinator, `where` is the place alone, such as "Sheet2!A2:G61"."""

    kind: Kind
    sentence: str
    where: str
    blocks: bool = True


def called(book: Book, place: int, of_file: str) -> str:
    """Say which sheet of a file is meant, as it stands in a sentence; `of_file` says which file, where that is open."""
    if book.unit == "list":
        return f"the list{of_file}"
    name = book.sheets[place].name
    return f"sheet “{name}”{of_file}" if book.unit == "sheet" else f"{name}{of_file}"


def counting(number: int, one: str, many: str = "") -> str:
    """Say how many: "1 comment", "3 comments"."""
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def capital(sentence: str) -> str:
    """Begin with a capital letter."""
    return sentence[:1].upper() + sentence[1:]
