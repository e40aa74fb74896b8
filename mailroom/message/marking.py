"""The protective marking a message bears (Government Security Classifications), where markings stand.

A marking is told from prose by its place and what is around it: it opens or closes a subject or a line,
or stands alone, in brackets or after a label such as "Classification:". SECRET and above count in
capitals only, unless labelled; "top secret recipe" is a recipe. What a reply quotes still marks it.
"""

import re
import unicodedata

from mailroom.message.headers import Headers
from mailroom.message.text import folded

_MARKS = ("TOP SECRET", "SECRET", "OFFICIAL-SENSITIVE", "OFFICIAL")
_JOIN = r"[ \t]{0,3}[-_:/.(\[]?[ \t]{0,3}"
_MARK = (
    r"(?:(?:UK|HMG|NATO)[ \-])?(?P<mark>TOP[ \-_]{0,3}SECRET|SECRET"
    rf"|OFFICIAL{_JOIN}SENS(?:ITIVE)?\b|OFF{_JOIN}SENS?\b|O-S\b|OFFICIAL)"
)
# What may be added to a marking (GSC 2024, and what offices write).
_ADDED = (
    r"(?:personal(?: data)?|commercial|market[s]?|locsen|limdis|hr|hr[ /]management|legal|police|policing|"
    r"law enforcement|internal|external|for public release|recipients? only|organisational use only|"
    r"(?:uk )?eyes only|uk|for police(?: use)?(?: only)?|police only|when complete[d]?|partners?(?: only)?|"
    r"staff|investigation[s]?|operational|handle with care|locally sensitive)"
)
_LABEL = (
    r"(?:(?:security |protective |government |gsc |email |document )*(?:classification|marking|class)|gsc|gpms|"
    r"handling(?: instructions?)?|sensitivity)[ \t]*[:=\-][ \t]*"
)
# The letters of every marking, in lower case; nearly all mail is without them.
_LETTERS = re.compile(r"secret|official|off[^a-z]{0,7}sen|o-s")
_DECORATION = r"[ \t>*_=~#|\[({<\-]{0,20}"
_CLOSING = r"[ \t*_=~#|\])}>.\-]{0,20}"
_SEARCH = re.compile(_MARK, re.IGNORECASE)
_NAMED = re.compile(rf"\b{_MARK}(?![A-Z])")
_ALONE = re.compile(
    rf"(?i){_DECORATION}(?P<label>{_LABEL}{_DECORATION})?{_MARK}"
    rf"(?:[ \t\-:,;/(\[|]{{0,6}}{_ADDED}){{0,3}}{_CLOSING}"
)
_LABELLED = re.compile(rf"(?i)(?:^|[\[(|,;]){_DECORATION}{_LABEL}{_DECORATION}{_MARK}\b")
# Before a marking within a subject comes a bracket, or a mark of punctuation that sets it apart.
_BEFORE = re.compile(r"(?:\A|[\[({<|*_#>]|[-:/,;.](?=\s|\Z))\s*\Z")
# After it comes its end, punctuation or something that may be added; "SECRET SANTA" is a party.
_AFTER = re.compile(rf"(?i)\s*(?:\Z|[\])}}>*_\-:;,.|/(\[#]|{_ADDED}\b|re:|fwd?:)")
_PREFIX = re.compile(
    r"(?i)\A\s*(?:(?:(?!gsc|gpms)[a-z]{1,4}|antwort)\s*(?:\[\d+\])?\s*:\s*|\[(?:external|ext|caution)\]:?\s*)+"
)
# Mail filters and office programs each have a header of their own for it.
_HEADER = re.compile(r"classification|protective|marking|msip_label|sensitivity-label|x-label")
_NOT_ONE = re.compile(r"\b(?:NOT?|NON|UN)[ \-]?(?=OFFICIAL|SECRET)[A-Z]+")
_LABEL_PART = re.compile(r"(?i)MSIP_Label_([^_;=\s]{1,64})_(\w{1,32})\s*=\s*([^;]{0,256})")
# A first or last line longer than this is prose; a subject is not read further than this.
_LINE, _SUBJECT = 80, 1_000
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DASHES = re.compile("[‐‑‒–—―−]")


def marking(headers: Headers, subject: str, text: str) -> str:
    """Return the highest of the markings in headers, subject, first and last line and lines of their own; or ""."""
    found = [_in_header(name, value) for name, value in headers if _HEADER.search(name)]
    title = _plain(subject[:_SUBJECT])
    if _LETTERS.search(folded(title)):
        found += _in_subject(_PREFIX.sub("", title, count=1))
    words = _plain(text)
    if _LETTERS.search(folded(words)):
        found += _in_text(words)
    return min((mark for mark in found if mark), key=_MARKS.index, default="")


def _in_subject(subject: str) -> list[str]:
    found = [_canonical(match["mark"]) for match in _LABELLED.finditer(subject)]
    for match in _SEARCH.finditer(subject):
        before, after = subject[: match.start()], subject[match.end() :]
        if _BEFORE.search(before) and _AFTER.match(after):
            bracketed = before.rstrip().endswith(("[", "(", "{")) and after.lstrip()[:1] in ("]", ")", "}")
            found.append(_written(match["mark"], alone=bracketed))
    return found


def _in_text(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    found = [
        _canonical(match["mark"]) if match["label"] else _written(match["mark"], alone=True)
        for line in lines
        if _LETTERS.search(folded(line)) and (match := _ALONE.fullmatch(line))
    ]
    for line in {*lines[:1], *lines[-1:]}:
        match = _SEARCH.search(line[:_LINE]) if len(line) <= _LINE else None
        if match and not line[: match.start()].strip(" \t>*_=~#|[({<-") and _AFTER.match(line, match.end()):
            found.append(_written(match["mark"], alone=False))
    return found


def _in_header(name: str, value: str) -> str:
    if name.startswith("msip_label"):
        parts = _LABEL_PART.findall(value)
        off = {label for label, key, said in parts if key.lower() == "enabled" and said.strip().lower() == "false"}
        names = [said for label, key, said in parts if key.lower() == "name" and label not in off]
        value = "; ".join(names) if parts else value
    plain = _NOT_ONE.sub("", _plain(value).upper())
    marks = [_canonical(match["mark"]) for match in _NAMED.finditer(plain)]
    return min(marks, key=_MARKS.index, default="")


def _written(mark: str, *, alone: bool) -> str:
    """Believe a marking in capitals; in small letters only one that is no everyday word, or stands `alone`."""
    name = _canonical(mark)
    small = name == "OFFICIAL-SENSITIVE" or (name == "OFFICIAL" and alone)
    return name if mark.isupper() or small else ""


def _canonical(written: str) -> str:
    upper = written.upper()
    if "SECRET" in upper:
        return "TOP SECRET" if upper.startswith("TOP") else "SECRET"
    return "OFFICIAL" if upper == "OFFICIAL" else "OFFICIAL-SENSITIVE"


def _plain(text: str) -> str:
    """Fold wide letters, dashes and spaces to plain ones, and drop what cannot be seen."""
    if text.isascii():
        return text
    return _UNSEEN.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
