"""Rules in a mail: which lines of it are rules, and which file each of them belongs to.

A mail's rules begin at its first “Rule:” and end with the last line of a rule; what mail programs make of lines
(bullets, wrapping at 72 characters) is undone. A rule that the office has is replaced where it stands, a new one is
added to NEW. A whole file replaces the file of its name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mailroom.rules.lines import canonical, decoded, read_lines, rows, typewritten

SORTING: Final = "rules/sorting/"
CASES: Final = "rules/cases/"
FORMS: Final = "rules/forms/"
NEW: Final = "rules/sorting/60-by-mail.txt"

_ALONE: Final[Mapping[str, str]] = {"role": "roles.txt", "group": "groups.txt"}
_OPENERS = frozenset({"rule", "if", "unless", "then", "should", "status", "note"})
_BULLET = re.compile(r"^\s*(?:[-\u2022\u00b7*]|\d{1,2}[.)])\s+")
_LABELLED = re.compile(r"\s*[^\W\d_][\w .'-]{0,60}:(\s|$)")
_COPY = re.compile(r"\s*\(\d+\)(?=\.txt$)")
_NAME = re.compile(r"[^\W_][\w .-]{0,80}\.txt")
# Mail programs wrap near 72 or 76; a shorter row was ended by the person.
_WRAPPED = 60
# What fits a line of a mail.
_MOST_SAID = 6


@dataclass(frozen=True, slots=True)
class Block:
    """One rule as it was mailed: its name, and its lines from “Rule:” on."""

    name: str
    lines: tuple[str, ...]


def blocks(new_text: str) -> tuple[Block, ...]:
    """Return the rules written in a mail, () when there are none.

    A lone “Rule: no smoking” is a sentence: at least one line of a rule has to follow.
    """
    written = [_unbulleted(row) for row in new_text.split("\n")]
    starts = [n for n, row in enumerate(written) if _label(row) == "rule"]
    if not starts:
        return ()
    last = max(n for n, row in enumerate(written) if _opens(row))
    if not any(_opens(row) and _label(row) != "rule" for row in written[starts[0] : last + 1]):
        return ()
    end = _end(written, last)
    found = []
    for start, until in zip(starts, [*starts[1:], end], strict=True):
        lines = tuple(_unwrapped(written[start:until]))
        found.append(Block(_name(lines), lines))
    return tuple(found)


def merged(found: Sequence[Block], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that change when rules are put where they belong, by key."""
    changed: dict[str, bytes] = {}
    for block in found:
        present = {**files, **changed}
        where = _place(block.name, present)
        if where is None:
            before = decoded(present[NEW]).rstrip() if NEW in present else "# Rules that came by mail."
            changed[NEW] = f"{before}\n\n{_text(block)}\n".encode()
            continue
        key, start, until = where
        text = decoded(present[key])
        lines = rows(text)
        ending = "\r\n" if "\r\n" in text else "\n"
        changed[key] = ending.join([*lines[:start], *block.lines, *lines[until:]]).encode()
    return changed


def in_words(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Say what a change is: the rules that are new, changed or gone, and the other files.

    `new rule “Kettles” (60-by-mail.txt); lists.txt changed`, "" where nothing differs.
    """
    said = []
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) == after.get(key):
            continue
        name = key.rpartition("/")[2]
        rules = [_rules(key, files.get(key, b"")) for files in (before, after)] if key.startswith(SORTING) else [{}, {}]
        old, new = rules
        found = [f"new rule “{new[one][0]}”" for one in new if one not in old]
        found += [f"changed rule “{new[one][0]}”" for one in new if one in old and new[one] != old[one]]
        found += [f"rule “{old[one][0]}” gone" for one in old if one not in new]
        said += [f"{one} ({name})" for one in found] or [f"{name} {'changed' if key in before else 'new'}"]
    more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
    return "; ".join(said[:_MOST_SAID]) + more


def key_of(name: str, data: bytes, files: Mapping[str, bytes]) -> str:
    """Return the key of the file that an attachment replaces or adds, "" for one that is no file of rules.

    A new file is known by its first label: Rule, Case or Form. Roles and groups stand in one file each.
    """
    name = _COPY.sub("", name.strip().lower())
    if not _NAME.fullmatch(name):
        return ""
    first = next((line.label for line in read_lines(data, name)[0]), "")
    folder = {"rule": SORTING, "case": CASES, "form": FORMS}.get(first, "")
    if _ALONE.get(first) == name:
        return f"rules/{name}"
    known = [key for key in files if key.startswith("rules/") and key.rpartition("/")[2].lower() == name]
    if len(known) > 1:
        known = [key for key in known if folder and key.startswith(folder)]
    if known:
        return known[0]
    return f"{folder}{name}" if folder else ""


def _place(name: str, files: Mapping[str, bytes]) -> tuple[str, int, int] | None:
    """Return the file of a rule, and from which to before which of its rows the rule stands, from 0."""
    for key in sorted(files):
        if not key.startswith(SORTING):
            continue
        heads = [line for line in read_lines(files[key], key)[0] if line.label == "rule"]
        for n, line in enumerate(heads):
            if canonical(line.value) == canonical(name):
                lines = rows(decoded(files[key]))
                until = heads[n + 1].line - 1 if n + 1 < len(heads) else len(lines)
                # A comment above the next rule belongs to that one, and the empty rows between them to neither.
                while until > line.line and (not lines[until - 1].strip() or lines[until - 1].lstrip().startswith("#")):
                    until -= 1
                return key, line.line - 1, until
    return None


def _rules(key: str, data: bytes) -> dict[str, tuple[str, tuple[object, ...]]]:
    """Return the rules of a file by name: the name as written, and what the lines say."""
    found: dict[str, tuple[str, tuple[object, ...]]] = {}
    name = ""
    for line in read_lines(data, key)[0]:
        if line.label == "rule":
            name = canonical(line.value)
            found[name] = (line.value, ())
        elif name:
            written, said = found[name]
            found[name] = (written, (*said, (line.label, line.values)))
    return found


def _name(lines: Sequence[str]) -> str:
    """Return the rule's name as its file will have it: it may go on below."""
    return next((line.value for line in read_lines("\n".join(lines), "")[0] if line.label == "rule"), "")


def _text(block: Block) -> str:
    return "\n".join(block.lines)


def _unbulleted(row: str) -> str:
    bare = _BULLET.sub("", row)
    return bare if bare != row and _opens(bare) else row


def _label(row: str) -> str:
    head, colon, _ = typewritten(row).partition(":")
    return canonical(head) if colon else ""


def _opens(row: str) -> bool:
    label = _label(row)
    if not label:
        return canonical(row).rstrip(".") == "stop"
    return label.partition(" ")[0] in _OPENERS and len(label.split()) <= 8  # noqa: PLR2004 - as labels are


def _end(written: Sequence[str], last: int) -> int:
    """Return before which row the last rule ends: what goes on with its last line, or looks like a line, is of it."""
    end = last + 1
    while end < len(written) and written[end].strip():
        above, row = written[end - 1].rstrip(), written[end]
        if not (row[0] in " \t" or above.endswith((";", ",")) or len(above) >= _WRAPPED or _LABELLED.match(row)):
            break
        end += 1
    return end


def _unwrapped(written: Sequence[str]) -> Iterator[str]:
    """Indent what a mail program has wrapped, so that it goes on with the line above; leave out its empty rows."""
    above = ""
    for n, row in enumerate(written):
        if not row.strip():
            following = next((one for one in written[n:] if one.strip()), "")
            if not following or _opens(following):
                continue
        wrapped = len(above.rstrip()) >= _WRAPPED and row.strip() and not _LABELLED.match(row) and not _opens(row)
        yield f"  {row.strip()}" if wrapped else row.rstrip()
        above = row
