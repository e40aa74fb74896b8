"""Bytes to clean text: charsets by allow-list, control characters out, RFC 2047 words decoded once.

Python's codec registry also holds `idna`, `unicode_escape`, `zlib` and other things that are not
charsets, some of them quadratic; a sender names the charset, so only listed ones are ever used.
"""

import base64
import binascii
import re

# Python codec for each charset label seen in mail, after `_label` has folded it. The wider codec
# stands in for the narrower one that senders name by mistake (cp1252 for ISO-8859-1 and so on).
_CODECS: dict[str, str] = {
    "utf8": "utf-8", "unicode11utf8": "utf-8", "utf7": "utf-7", "utf16": "utf-16", "utf16le": "utf-16-le",
    "utf16be": "utf-16-be", "utf32": "utf-32", "utf32le": "utf-32-le", "utf32be": "utf-32-be",
    "iso88591": "cp1252", "latin1": "cp1252", "windows1252": "cp1252", "cp1252": "cp1252",
    "ansix341968": "cp1252", "iso885915": "iso8859-15", "latin9": "iso8859-15",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "hzgb2312": "hz",
    "big5": "big5hkscs", "big5hkscs": "big5hkscs", "shiftjis": "cp932", "sjis": "cp932", "windows31j": "cp932",
    "cp932": "cp932", "iso2022jp": "iso2022_jp_ext", "iso2022jp1": "iso2022_jp_1", "eucjp": "euc_jp",
    "ksc56011987": "cp949", "ksc5601": "cp949", "euckr": "cp949", "cp949": "cp949", "iso2022kr": "iso2022_kr",
    "windows874": "cp874", "tis620": "cp874", "iso885911": "cp874", "koi8r": "koi8-r", "koi8u": "koi8-u",
    "ibm866": "cp866", "cp866": "cp866", "ibm437": "cp437", "cp437": "cp437", "ibm850": "cp850", "cp850": "cp850",
    "ibm852": "cp852", "cp852": "cp852", "macintosh": "mac-roman", "macroman": "mac-roman",
    "iso88599": "cp1254", "iso88598i": "cp1255", "iso88598": "cp1255",
} | {f"windows{n}": f"cp{n}" for n in range(1250, 1259)} | {f"cp{n}": f"cp{n}" for n in range(1250, 1259)} | {
    f"iso8859{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 10, 13, 14, 16)
}  # fmt: skip
_NOT_LABEL = re.compile(r"[^a-z0-9]")
# C0 but tab and newline, DEL, C1, lone surrogates, and the marks that turn the direction of text.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_BLANK = re.compile(r"\s*\Z")


def decode(data: bytes, charset: str = "") -> str:
    """Turn `data` into text: the named charset if it is one, else UTF-8, else Windows-1252; never raises."""
    codec = _CODECS.get(_NOT_LABEL.sub("", charset.lower()), "cp1252")
    if codec not in ("cp1252", "utf-8"):
        return data.decode(codec, "replace")
    # Whatever the label says, text that is valid UTF-8 is UTF-8: the reverse never happens by chance.
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken and (codec == "cp1252" or broken * 2 > sum(not char.isascii() for char in text)):
        return data.decode("cp1252", "replace")
    return text


def clean(text: str) -> str:
    r"""Give text whose lines end in "\n", without control characters, lone surrogates or direction marks."""
    if "\r" in text or not text.isascii():
        text = _LINE_END.sub("\n", text)
    return _CONTROL.sub("", text) if _CONTROL.search(text) else text


def one_line(text: str) -> str:
    """Give `text` as one clean line with single spaces: fit for a name, a subject or a header."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Spaces again: those on both sides of a control character have met.
    return _SPACES.sub(" ", _CONTROL.sub("", _SPACES.sub(" ", text))).strip()


def octets(value: str) -> str:
    """Read raw 8-bit octets that the standard parser carries as surrogates (RFC 6532, or plain sloppiness)."""
    if value.isascii():
        return value
    try:
        return decode(value.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError:  # already text
        return value


def decode_words(value: str) -> str:
    """Decode RFC 2047 encoded words, tolerating unpadded base64, spaces and characters split between words."""
    value = octets(value)
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        data = _word_bytes(word[2], word[3])
        # White space between two encoded words is not text (RFC 2047 section 6.2).
        joined = end > 0 and _BLANK.match(between) is not None
        if joined and charset == word[1].lower():
            pending += data
        else:
            out += [decode(pending, charset), "" if joined else between]
            pending, charset = data, word[1].lower()
        end = word.end()
    return "".join([*out, decode(pending, charset), value[end:]])


def header(value: str) -> str:
    """Give a header's value as one decoded, clean line."""
    return one_line(decode_words(value))


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw
