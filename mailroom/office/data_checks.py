"""Whether an analyst's return may leave: every sheet, seen or hidden, and all that the file carries beside them.

What a member may get is a table of totals that points to nobody. So records, small figures and whatever is out of
sight block a return, each with a sentence that says where, for the analyst to mend. Pure: the files' values come in,
findings go out. `checked` also reads the bytes, within the bounds of `message.spreadsheet`; `data_check_apart` does
both in a process of its own, and is what the daemon calls.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailroom.message import filetypes, spreadsheet, zipped
from mailroom.message.model import Attachment
from mailroom.message.spreadsheet import Book, Cell
from mailroom.office.data_check_counts import Counted, counted, spoken
from mailroom.office.data_check_file import beside, marked, out_of_sight
from mailroom.office.data_check_finding import Finding, called, capital, counting
from mailroom.office.data_check_links import links
from mailroom.office.data_check_people import people
from mailroom.office.data_check_records import signs
from mailroom.office.data_check_tables import Table, has_figures, listed, span, tables
from mailroom.rules.cases.events import Verdict

THRESHOLD: Final = 10
"""Figures below this do not leave the office (domain, section E4)."""
NO_TABLE: Final = "No table came with the mail that could be checked."

_NO_FILES: Final = frozenset(
    ["text/calendar", "text/vcard", "application/pkcs7-signature", "application/pgp-signature"]
)
_SHORTEST_SENTENCE: Final = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """What a return is held against; the words are those of `checked`."""

    names: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    threshold: int = THRESHOLD
    ceiling: str = "OFFICIAL"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a return was found to hold. `files` are those that were checked, `tables` how many tables of figures.

    The numbers are for the record and for tests; whoever mends the file reads the sentences.
    """

    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()
    tables: int = 0
    hidden_sheets: tuple[str, ...] = ()
    row_level_rows: int = 0
    small_cells: int = 0
    comments: int = 0
    words: tuple[str, ...] = ()
    """What the files say outside their tables where everybody sees it, such as an explanation on a second sheet."""

    @property
    def blocked(self) -> bool:
        """Whether any finding forbids release."""
        return any(finding.blocks for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether there are figures, and they may be held for the coordinator's approval."""
        return self.tables > 0 and not self.blocked

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it may not leave, a sentence each, for the analyst and the coordinator."""
        told = tuple(finding.sentence for finding in self.findings if finding.blocks)
        return told or (() if self.ok else (NO_TABLE,))

    @property
    def notes(self) -> tuple[str, ...]:
        """What does not forbid release, and whoever approves should know."""
        return tuple(finding.sentence for finding in self.findings if not finding.blocks)

    @property
    def verdict(self) -> Verdict:
        """The answer to “safe to release”: whoever sent the files may know every reason."""
        told = "\n".join(self.reasons)
        return Verdict(self.ok, told, "\n".join((told, *self.notes)) if told else "\n".join(self.notes))


def checked(
    files: Sequence[tuple[Attachment, bytes]],
    *,
    names: Collection[str] = (),
    own: Collection[str] = (),
    threshold: int = THRESHOLD,
    ceiling: str = "OFFICIAL",
) -> Checked:
    """Read the files of a mail and check them.

    Args:
        files: as `message.file_bytes` gives them.
        names: people who may not be named: all whom the directory knows.
        own: the analyst's own name, which a file may bear as its author's.
        threshold: figures below this are small.
        ceiling: the highest marking that may leave.

    """
    books: list[Book] = []
    left_out: list[Finding] = []
    for file, data in files:
        true_type = filetypes.true_type(data, zipped.entries(data))
        if true_type.startswith("image/"):
            # Most are a logo under a signature. No picture is passed on, so none needs to block.
            text = f"“{file.name}” is a picture: it was not checked and is not passed on."
            left_out.append(Finding("not checked", text, file.name, blocks=False))
        elif file.type not in _NO_FILES:
            books.append(spreadsheet.read(file.name, file.type, data))
    found = check(books, Rules(tuple(names), tuple(own), threshold, ceiling))
    return replace(found, findings=(*found.findings, *left_out))


def check(books: Sequence[Book], rules: Rules) -> Checked:
    """Check files that were read, one by one."""
    each = [_book(book, rules, f" of “{book.name}”" if len(books) > 1 else "") for book in books]
    return Checked(
        findings=tuple(dict.fromkeys(finding for one in each for finding in one.findings)),
        files=tuple(book.name for book in books),
        tables=sum(one.tables for one in each),
        hidden_sheets=tuple(name for one in each for name in one.hidden_sheets),
        row_level_rows=sum(one.row_level_rows for one in each),
        small_cells=sum(one.small_cells for one in each),
        comments=sum(one.comments for one in each),
        words=tuple(dict.fromkeys(word for one in each for word in one.words)),
    )


def _book(book: Book, rules: Rules, of_file: str) -> Checked:
    if book.fault:
        return Checked((Finding("unreadable", f"“{book.name}” could not be read: it {book.fault}.", book.name),))
    findings = [*out_of_sight(book, of_file)]
    rows = small = 0
    records: list[Table] = []
    standing: list[Table] = []
    for place, sheet in enumerate(book.sheets):
        where = called(book, place, of_file)
        for table in tables(sheet):
            told_by = signs(table)
            if told_by is not None:
                rows += len(table.rows)
                records.append(table)
                findings.append(_records(table, told_by, where))
                continue
            here = counted(table, rules.threshold)
            if has_figures(table):
                standing.append(table)
            small += len(here.small)
            findings += _small(here, sheet.name, where, rules.threshold)
    findings += beside(book, of_file, rules.own, rules.names)
    findings += links(book, of_file)
    findings += people(book, of_file, rules.names, records)
    findings += marked(book, of_file, rules.ceiling)
    words = tuple(dict.fromkeys(_sentences(book, standing)))
    findings += _said(words, of_file, book.name, rules.threshold)
    return Checked(
        findings=tuple(findings),
        tables=len(standing),
        hidden_sheets=tuple(sheet.name for sheet in book.sheets if sheet.hidden),
        row_level_rows=rows,
        small_cells=small,
        comments=sum(len(sheet.comments) for sheet in book.sheets),
        words=words,
    )


def _records(table: Table, told_by: tuple[str, ...], where: str) -> Finding:
    held = list(table.cells.values())
    by = (
        f"columns {', '.join(f'“{head[:40]}”' for head in told_by[:4])}"
        if told_by
        else "the same sort of facts in each"
    )
    rows = counting(len(table.rows), "row")
    sentence = f"{capital(where)} holds {rows} about single people or events ({span(held)}; {by}). Send totals only."
    return Finding("records", sentence, f"{table.sheet.name}!{span(held)}")


def _small(here: Counted, sheet: str, where: str, threshold: int) -> Iterator[Finding]:
    if here.small:
        count = counting(len(here.small), "figure")
        verb = "is" if len(here.small) == 1 else "are"
        found = f"{count} under {threshold} {verb} in {where}: {listed(here.small)}."
        sentence = f"{found} Join groups, or leave small figures out."
        yield Finding("small cells", sentence, _at(sheet, here.small))
    if here.solvable:
        sentence = (
            f"{counting(len(here.solvable), 'figure')} left out of {where} can be worked out from the totals: "
            f"{listed(here.solvable)}. Leave out a second figure in that row or column, or the total."
        )
        yield Finding("subtraction", sentence, _at(sheet, here.solvable))


def _said(words: Sequence[str], of_file: str, name: str, threshold: int) -> Iterator[Finding]:
    """Point out small figures in sentences: “2 searches a day” may be a rate, so somebody looks."""
    if found := tuple(dict.fromkeys(one for text in words if (one := spoken(text, threshold)))):
        shown = ", ".join(f"“{one}”" for one in found[:4])
        yield Finding("words", f"The words{of_file} may say a small figure: {shown}.", name, blocks=False)


def _at(sheet: str, cells: Sequence[Cell]) -> str:
    return f"{sheet}!{listed(cells)}"


def _sentences(book: Book, standing: Sequence[Table]) -> Iterator[str]:
    """Give what a file says in words where everybody sees it: titles, notes, pages of explanation; no headings."""
    for sheet in book.sheets:
        tabled = {at for table in standing if table.sheet is sheet for at in (*table.cells, *table.headings)}
        for cell in sheet.cells if not sheet.hidden else ():
            is_words = cell.form == "text" and cell.shown and len(cell.text.split()) >= _SHORTEST_SENTENCE
            if is_words and (cell.row, cell.column) not in tabled:
                yield cell.text
    if book.unit == "table":
        yield from book.prose
