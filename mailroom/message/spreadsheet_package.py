"""The parts of an office file (ISO 29500-2): found by name, unpacked within one allowance, walked without surprise.

XML that declares anything of its own is refused: office programs write none, and that is how such files attack.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from xml.parsers import expat

from mailroom.message import zipped
from mailroom.message.spreadsheet import Unsound
from mailroom.message.zipped import Entry

MOST_BYTES: Final = 48 * 1024 * 1024
"""Unpacked, of all parts together; a year of records on one sheet is a tenth of it."""
MOST_ELEMENTS: Final = 600_000
"""XML elements of all parts together: what about 2 seconds allow."""
MOST_CELLS: Final = 100_000
_LISTING: Final = re.compile(r"(?P<folder>(?:[^/]{1,100}/){0,8})_rels/(?P<part>[^/]{1,200})\.rels", re.IGNORECASE)
TOO_LARGE: Final = "is too large to be checked; send only the table that was asked for"
DAMAGED: Final = "is damaged and could not be read"

Attributes = Mapping[str, str]


class Relation(NamedTuple):
    """One line of a part's list of relations; `outside` where it leads out of the file."""

    id: str
    kind: str
    target: str
    outside: bool


@dataclass(slots=True)
class Package:
    """One office file and what may still be taken out of it."""

    data: bytes
    entries: Mapping[str, Entry]
    bytes_left: int = MOST_BYTES
    elements_left: int = MOST_ELEMENTS
    cells_left: int = MOST_CELLS
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.names = tuple(entry.name.replace("\\", "/").lstrip("/") for entry in self.entries.values())

    def has(self, name: str) -> bool:
        """Tell whether there is such a part."""
        return name.casefold() in self.entries

    def part(self, name: str) -> bytes:
        """Unpack a part.

        Raises:
            Unsound: it is not there, or it is damaged, or all parts together are too much.

        """
        entry = self.entries.get(name.casefold())
        if entry is None:
            raise Unsound(DAMAGED)
        found = zipped.content(self.data, entry, self.bytes_left + 1)
        if len(found) > self.bytes_left:
            raise Unsound(TOO_LARGE)
        self.bytes_left -= len(found)
        return found

    def cell(self) -> None:
        """Count one cell.

        Raises:
            Unsound: there are more than may be.

        """
        self.cells_left -= 1
        if self.cells_left < 0:
            raise Unsound(TOO_LARGE)

    def walk(
        self,
        name: str,
        begin: Callable[[str, Attributes], None],
        end: Callable[[str], None] | None = None,
        said: Callable[[str], None] | None = None,
    ) -> None:
        """Call the functions with each element and text of a part; names come without their namespace.

        Raises:
            Unsound: it is no XML, or not all of it is there, or it declares entities, or it is too much.

        """

        def started(tag: str, attributes: dict[str, str]) -> None:
            self.elements_left -= 1
            if self.elements_left < 0:
                raise Unsound(TOO_LARGE)
            begin(tag.rpartition(" ")[2], attributes)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = started
        if end is not None:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(" ")[2])
        if said is not None:
            parser.CharacterDataHandler = said
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
        try:
            parser.Parse(self.part(name), True)  # noqa: FBT003 - expat takes it by position only
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Unsound(DAMAGED) from error

    def relations(self, name: str) -> tuple[Relation, ...]:
        """Return where a part leads to, targets written as names of parts; "" is the file itself."""
        folder, _, last = name.rpartition("/")
        listing = f"{folder}/_rels/{last}.rels" if folder else f"_rels/{last}.rels"
        found: list[Relation] = []

        def begin(tag: str, attributes: Attributes) -> None:
            if tag != "Relationship":
                return
            outside = attributes.get("TargetMode", "").casefold() == "external"
            target = attributes.get("Target", "").replace("\\", "/")
            if not outside:
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.append(Relation(attributes.get("Id", ""), kind, target, outside))

        if self.has(listing):
            self.walk(listing, begin)
        return tuple(found)

    def links(self) -> tuple[str, ...]:
        """Return the addresses outside the file that any of its parts leads to."""
        listings = (match for name in self.names if (match := _LISTING.fullmatch(name)))
        parts = [f"{match['folder'] or ''}{match['part']}" for match in listings]
        return tuple(dict.fromkeys(one.target for part in parts for one in self.relations(part) if one.outside))

    def words(self, name: str) -> str:
        """Return all text of a part, elements parted by spaces."""
        found: list[str] = []
        self.walk(name, lambda _tag, _attributes: None, None, found.append)
        return " ".join(" ".join(found).split())


def local(attributes: Attributes, name: str) -> str:
    """Return an attribute whatever its namespace is called, or ""."""
    for key, value in attributes.items():
        if key.rpartition(" ")[2] == name:
            return value
    return ""


def package(data: bytes, listed: tuple[Entry, ...]) -> Package:
    """Open an office file.

    Raises:
        Unsound: two parts have one name, so that one reader sees what another does not.

    """
    entries: dict[str, Entry] = {}
    for entry in listed:
        name = entry.name.replace("\\", "/").lstrip("/").casefold()
        if name in entries:
            raise Unsound(DAMAGED)
        entries[name] = entry
    return Package(data, entries)


def properties(whole: Package, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return what the parts called `names` say about the file: each element that holds text."""
    found: list[tuple[str, str]] = []
    open_tags: list[str] = []
    piece: list[str] = []

    def begin(tag: str, attributes: Attributes) -> None:
        open_tags.append(local(attributes, "name") or tag)
        piece.clear()

    def end(_tag: str) -> None:
        text = " ".join("".join(piece).split())
        if text:
            # A custom property keeps its value one element further in than its name.
            label = next((one for one in reversed(open_tags) if one not in _VALUES), "")
            found.append((label, text))
        piece.clear()
        open_tags.pop()

    for name in names:
        if whole.has(name):
            whole.walk(name, begin, end, piece.append)
    return tuple(found)


_VALUES: Final = frozenset(["lpwstr", "lpstr", "bstr", "i4", "bool", "filetime", "variant", "vector"])


def _refuse(*_declared: object) -> None:
    raise Unsound(DAMAGED)
