"""What in a mail's words is a person's own: numbers, addresses of both sorts, and what may be a name.

Each pattern is as narrow as what it looks for allows, because a check that cries wolf is soon approved unread:
card numbers must add up, passport and account numbers stand by their word, a registration of an older form by its car.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a mail and how to find it: “line 4”, “the subject”."""

    where: str
    text: str

    @property
    def quoted(self) -> bool:
        """Whether somebody else's words stand here."""
        return self.text.lstrip().startswith(">")


class Number(NamedTuple):
    """A number that is a person's own; `always` where no mail at all may hold it."""

    what: str
    text: str
    always: bool


_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|"
    "GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|"
    "OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|"
    "WF|WN|WR|WS|WV|YO|ZE"
)
_ROADS = (
    "Street|Road|Avenue|Lane|Close|Drive|Court|Crescent|Gardens|Terrace|Grove|Mews|Square|Rise|Villas|Parade|St|Rd|Ave"
)
_NEAR_A_CAR = r"\b(?:reg(?:istration)?|vehicle|car|van|plate|index|vrm|motorbike|taxi)\b[^.\n]{0,30}?"

_ALWAYS: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    (
        "national insurance", "a National Insurance number",
        re.compile(
            r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]\b",
            re.IGNORECASE,
        ),
    ),
    (
        "bank", "a bank account",
        re.compile(
            r"\bGB\d{2}[ ]?[A-Z]{4}(?:[ ]?\d{4}){3}[ ]?\d{2}\b"
            r"|\bsort[ -]?code\b\D{0,12}\d{2}[- ]?\d{2}[- ]?\d{2}\b"
            r"|\b\d{2}-\d{2}-\d{2}\b\D{0,30}\b\d{8}\b"
            r"|\b(?:account|acct?|a/c)\.?(?: number| no\.?)?[^\w\n]{0,3}(?:is )?\d{8}\b",
            re.IGNORECASE,
        ),
    ),
    (
        "passport", "a passport number",
        re.compile(r"\bpassport\b[^.\n]{0,30}?\b(?:\d{9}|[A-Z]{1,2}\d{7})\b", re.IGNORECASE),
    ),
    (
        "driving licence", "a driving licence number",
        re.compile(r"\b[A-Z][A-Z9]{4}\d[0156]\d[0-3]\d{2}[A-Z9]{2}\d[A-Z]{2}\b"),
    ),
    (
        "password", "a password",
        re.compile(
            r"\b(?:password|passcode|pass phrase|passphrase|log-?in code|access token)\b(?: is:?|:| ?=)\s*"
            r"(?!(?:not|never|kept|sent|needed|required|changed|reset|wrong|the|a|on|in)\b)\S{4,}",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip
_OFTEN: Final[tuple[tuple[str, str, re.Pattern[str]], ...]] = (
    (
        "registration", "a vehicle registration",
        re.compile(
            r"\b[A-HJ-PR-Y][A-HJ-PR-Y]\d{2}[ ]?[A-HJ-PR-Z]{3}\b"
            rf"|(?i:{_NEAR_A_CAR}\b(?:[A-Z]{{2}}\d{{2}}[ ]?[A-Z]{{3}}|[A-Z]\d{{1,3}}[ ]?[A-Z]{{3}}"
            r"|[A-Z]{3}[ ]?\d{1,3}[A-Z])\b)"
        ),
    ),
    (
        "postcode", "a postcode",
        re.compile(
            rf"(?<![\w-])(?:{_AREAS})(?:[1-9]\d?[A-HJKPSTUW]?|[1-9][ABEHMNPRVWXY]|0)[ ]{{0,2}}"
            r"\d(?!(?:st|nd|rd|th)\b)[ABD-HJLNP-UW-Z]{2}(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    (
        "home address", "what may be a home address",
        re.compile(rf"\b(?:[Ff]lat \d+\w?,?\s+)?\d{{1,4}}[A-Za-z]?,? (?:[A-Z][a-z'’]+ ){{1,3}}(?:{_ROADS})\b"),
    ),
    (
        "date of birth", "a date of birth",
        re.compile(
            r"\b(?:date of birth|d\.?o\.?b\.?|born(?: on)?)\b[^\w\n]{0,3}(?:is )?(?:the )?\d{1,2}"
            r"(?:[/.-]\d|(?:st|nd|rd|th)?[ ](?:of )?[A-Z])",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_TELEPHONE = re.compile(r"(?<![\w./-])(?:\+|00)?\(?\d\)?(?:[ ()-]{0,2}\d){8,14}(?![\w/-])")
_SERVICE = ("03", "080", "084", "087", "116")
"""What numbers of offices begin with (Ofcom, National Telephone Numbering Plan): nobody's own."""
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGIT = re.compile(r"\D")


def compact(text: str) -> str:
    """Return a text without its spaces, in which a number is found however it is spaced."""
    return re.sub(r"\s", "", text)


def numbers(line: Line, own: str) -> Iterator[Number]:
    """Give each sort of number a line holds; `own`, made by `compact`, is what the office publishes."""
    for always, sorts in ((True, _ALWAYS), (False, _OFTEN)):
        for what, words, pattern in sorts:
            for found in pattern.finditer(line.text):
                if compact(found[0]) not in own:
                    yield Number(what, f"{_upper(words)} stands in {line.where} ({_masked(found[0])}).", always)
                    break
    for found in _CARD.finditer(line.text):
        if _adds_up(_DIGIT.sub("", found[0])) and not _is_telephone(found[0]):
            yield Number("card", f"A bank card's number stands in {line.where}.", always=True)
    for found in _TELEPHONE.finditer(line.text):
        if _is_telephone(found[0]) and compact(found[0]) not in own:
            text = f"A telephone number stands in {line.where} ({_masked(found[0])})."
            yield Number("telephone", text, always=False)


def addresses(text: str) -> list[str]:
    """Return every email address in a text, in small letters."""
    return list(dict.fromkeys(found.rstrip(".").casefold() for found in _ADDRESS.findall(text)))


def without_addresses(text: str) -> str:
    """Return a text without its email addresses, whose parts are no words of it."""
    return _ADDRESS.sub(" ", text)


_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Sir|Dame|Rev|Revd|Cllr|PC|PS|DC|DS|DI|DCI|DSU|Sgt|Sergeant|Insp|Inspector|Constable"
    r"|Superintendent|Supt)\.? ([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)"
)
_CALLED = re.compile(r"\b(?:named|called|known as|by the name of) ([A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?)")
_PAIR = re.compile(r"(?<=[a-z,;:] )([A-Z][a-z'’-]+ [A-Z][a-z'’-]+)\b")
_WORDS = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december british transport police city county north south east west station street
    road line park bridge house hall centre group gold silver bronze independent advisory great new united kingdom
    england wales scotland london town square rail railway network team board council committee act easter christmas
    ramadan eid passover diwali pride equality human rights home office national service chief officer the a an and
    hello dear thank please terms reference freedom information data protection
"""
_NO_NAMES: Final = frozenset(_WORDS.split())
"""Words with a capital that are no part of a person's name."""


def perhaps_names(text: str) -> Iterator[tuple[str, bool]]:
    """Give what stands where a person's name would, and whether it surely is one."""
    for pattern in (_TITLED, _CALLED):
        for found in pattern.finditer(text):
            if _is_name(found[1]):
                yield found[1], True
    for found in _PAIR.finditer(text):
        if _is_name(found[1]):
            yield found[1], False


def _is_name(words: str) -> bool:
    return not any(word.casefold().removesuffix("'s").removesuffix("’s") in _NO_NAMES for word in words.split())


def _is_telephone(found: str) -> bool:
    digits = _DIGIT.sub("", found.replace("(0)", ""))
    if found.startswith("+"):
        digits = "0" + digits.removeprefix("44") if digits.startswith("44") else f"+{digits}"
    elif digits.startswith("00"):
        digits = "0" + digits.removeprefix("0044") if digits.startswith("0044") else f"+{digits[2:]}"
    if digits.startswith("+"):
        return 9 <= len(digits) <= 16  # noqa: PLR2004 - E.164: at most 15 digits
    return re.fullmatch(r"0[1-9]\d{8,9}", digits) is not None and not digits.startswith(_SERVICE)


def _adds_up(digits: str) -> bool:
    """Check a card's number (Luhn, ISO/IEC 7812-1)."""
    doubled = (int(d) * (2 if n % 2 else 1) for n, d in enumerate(reversed(digits)))
    return len(set(digits)) > 1 and sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0  # noqa: PLR2004


def _masked(value: str) -> str:
    """Show so much of a number that it can be found, and no more."""
    return f"“{value[:2]}…”"


def _upper(words: str) -> str:
    return words[0].upper() + words[1:]
