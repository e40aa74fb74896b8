"""Bytes to clean text: charsets by allow-list, control characters out, RFC 2047 words decoded once.

Python's codec registry also holds `idna`, `unicode_escape`, `zlib` and other things that are not
charsets, some of them quadratic; a sender names the charset, so only listed ones are ever used.
"""

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
_LINE_ENDS = ("\r\n", "\r", "\u2028", "\u2029", "\x85")
_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
# Some mailers leave a question mark bare inside a word (RFC 2047 section 4.2 forbids it).
_SLOPPY_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([qQ])\?((?:[^?\r\n]|\?(?!=)){0,300})\?=")
_SPECIAL = re.compile(r"[,;:<>()\[\]@\"\\ \t]")
_BLANK = re.compile(r"\s*\Z")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# ISO-2022-JP announces itself by these escapes and is pure ASCII besides; nothing else mailed looks like it.
_JAPANESE = (b"\x1b$B", b"\x1b$@", b"\x1b(J")
# Charsets that hide ASCII from whoever filters it: as text they are read, as HTML they would smuggle tags.
_SMUGGLERS = frozenset({"utf-7", "hz", "iso2022_kr"})
_WESTERN = frozenset({"cp1252", "utf-8"})


def known(charset: str) -> bool:
    """Say whether `charset` is one that is read as what it says; "" and plain ASCII are."""
    label = _NOT_LABEL.sub("", charset.lower())
    return label in _CODECS or label in ("", "usascii", "ascii", "unknown8bit", "8bit", "7bit", "binary")


def decode(data: bytes, charset: str = "", *, markup: bool = False) -> str:
    """Turn `data` into text: the named charset if it is one, else UTF-8, else Windows-1252; never raises.

    Args:
        data: the bytes of a text part.
        charset: the label its sender gave it.
        markup: the text is HTML, in which a charset must not hide the tags (UTF-7 is read as ASCII).

    """
    codec = _CODECS.get(_NOT_LABEL.sub("", charset.lower()), "cp1252")
    if markup and codec in _SMUGGLERS:
        codec = "cp1252"
    if codec not in _WESTERN:
        return data.decode(codec, "replace")
    if b"\x1b" in data and any(escape in data for escape in _JAPANESE):
        return data.decode("iso2022_jp_ext", "replace")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    # Whatever the label says, text that is valid UTF-8 is UTF-8: the reverse never happens by chance.
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken and (codec == "cp1252" or broken * 2 > sum(not char.isascii() for char in text)):
        return data.decode("cp1252", "replace")
    return text


def clean(text: str) -> str:
    r"""Give text whose lines end in "\n", without control characters, lone surrogates or direction marks."""
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    # Three times as quick as looking for each control character; only lines and tabs are no control characters.
    if text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Give `text` as one clean line with single spaces: fit for a name, a subject or a header."""
    line = " ".join(text.split())
    # Spaces again: those on both sides of a control character have met.
    return line if line.isprintable() else " ".join(_CONTROL.sub("", line).split())


def folded(text: str) -> str:
    """Give `text` in lower case, letter for letter; of the Turkish capital İ `str.lower` would make two."""
    return (text if text.isascii() else text.replace("İ", "i")).lower()


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
    return _decode_words(value, _WORD if _WORD.search(value) else _SLOPPY_WORD)


def _decode_words(value: str, pattern: re.Pattern[str]) -> str:
    out: list[str] = []
    pending: list[str] = []
    kind, end = ("", ""), 0
    for word in pattern.finditer(value):
        between = value[end : word.start()]
        this = (word[1].lower(), word[2].lower())
        # White space between two encoded words is not text (RFC 2047 section 6.2).
        joined = end > 0 and _BLANK.match(between) is not None
        if joined and kind == this:
            pending.append(word[3])
        else:
            out += [_decoded(kind, pending), "" if joined else between]
            pending, kind = [word[3]], this
        end = word.end()
    return "".join([*out, _decoded(kind, pending), value[end:]])


def _decoded(kind: tuple[str, str], words: list[str]) -> str:
    """Decode adjacent words together: mailers split them inside a character, and inside a base64 group."""
    charset, encoding = kind
    raw = [word.encode("utf-8", "replace") for word in words]
    if encoding == "q":
        return decode(b"".join(binascii.a2b_qp(word, header=True) for word in raw), charset)
    data = b""
    group = b""
    for word in raw:
        group += _NOT_BASE64.sub(b"", word)
        if len(group) % 4 == 0 or word.rstrip().endswith(b"="):
            data += _base64(group)
            group = b""
    return decode(data + _base64(group), charset)


def _base64(letters: bytes) -> bytes:
    """Decode base64 letters without their padding; a lone last letter holds no whole byte."""
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def shielded(value: str) -> str:
    """Escape what would end an address where it stands inside an encoded word, as in =?utf-8?q?Member,_Ada?=."""
    if "=?" not in value:
        return value
    return _WORD.sub(
        lambda word: _SPECIAL.sub(lambda char: f"={ord(char[0]):02X}", word[0]) if word[2] in "qQ" else word[0], value
    )


def header(value: str) -> str:
    """Give a header's value as one decoded, clean line."""
    return one_line(decode_words(value))
