"""The words of a PDF, page by page, as far as they are there as words."""

import logging
import struct
import zlib
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

# It logs what it stumbles over, and that is other people's files.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

_PAGES = 200
_SIZE = 25 * 1024 * 1024
# What its reader is known to raise on damaged files, beside its own errors.
_DAMAGE = (
    PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError,
    OSError, zlib.error, struct.error,
)  # fmt: skip


def to_text(data: bytes, limit: int) -> str:
    """Return up to about `limit` characters; "" for a file that is encrypted, too large or damaged."""
    out: list[str] = []
    if len(data) > _SIZE:
        return ""
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            return ""
        for number, page in enumerate(reader.pages):
            if number >= _PAGES or sum(map(len, out)) > limit:
                break
            out.append(page.extract_text())
    except _DAMAGE:
        pass
    return "\n".join(out)
