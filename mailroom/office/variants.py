"""The three forms of a mail, by its reader's preference: standard, plain (text alone) and large print.

Large print is 18 point throughout, in one column, without italics: what a reader enlarges must not run off the side,
so a table becomes a list, each value under its own name (RNIB, clear and large print guidelines).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, get_args

from markdown_it.token import Token

Format = Literal["standard", "plain", "large"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_OTHERS: Final[dict[str, Format]] = {
    "": "standard", "html": "standard", "html plain": "standard", "html and plain": "standard",
    "plain text": "plain", "text": "plain", "text only": "plain", "no images": "plain", "no pictures": "plain",
    "large print": "large", "largeprint": "large",
}  # fmt: skip


def known(words: str) -> Format | None:
    """Read a preference as people.csv or a person has it, None where it is none of ours."""
    spaced = " ".join(re.sub(r"[^a-z]+", " ", words.casefold()).split())
    return next((form for form in FORMATS if form == spaced), _OTHERS.get(spaced))


def in_one_column(tokens: Sequence[Token]) -> Iterator[Token]:
    """Give Markdown's tokens with each table as a list: a row an item, its first value its name."""
    table: list[Token] = []
    for token in tokens:
        if token.type == "table_open" or table:
            table.append(token)
            if token.type == "table_close":
                yield from _listed(table)
                table = []
        else:
            yield token


def _listed(table: Sequence[Token]) -> Iterator[Token]:
    rows: list[list[Token]] = []
    for token in table:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
    names, *below = rows
    yield Token("bullet_list_open", "ul", 1, block=True)
    for row in below:
        inline = Token("inline", "", 0, children=list(_item(names, row)))
        yield from (Token("list_item_open", "li", 1, block=True), inline, Token("list_item_close", "li", -1))
    yield Token("bullet_list_close", "ul", -1, block=True)


def _item(names: Sequence[Token], row: Sequence[Token]) -> Iterator[Token]:
    begun = False
    for n, (name, value) in enumerate(zip(names, row, strict=False)):
        if not value.content:
            continue
        if begun:
            yield Token("hardbreak", "br", 0)
        begun = True
        if n == 0:
            yield Token("strong_open", "strong", 1)
            yield from value.children or ()
            yield Token("strong_close", "strong", -1)
            continue
        if name.content:
            yield from name.children or ()
            yield Token("text", "", 0, content=": ")
        yield from value.children or ()
