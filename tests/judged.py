"""The corpora of real mail with expected values, read where they lie; never copied or quoted here."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailroom.message import Border, Message, read

CORPORA = Path(__file__).parents[1].parent / "shared" / "corpora"
ABSENT = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the corpora are not here: {CORPORA} is missing")
HOSTILE = Border(authserv_ids=("mx.btp.example",))


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Give the judged lines of a set."""
    for line in (CORPORA / name / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["expected"] is not None:
            yield row


def expected(name: str) -> Iterator[tuple[str, dict[str, Any], Message]]:
    """Give file name, expectation and reading of every judged message of a set."""
    for row in rows(name):
        raw = (CORPORA / name / "eml" / row["file"]).read_bytes()
        yield row["file"], row["expected"], read(raw, HOSTILE if name == "hostile" else Border())


def spaced(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def figures(name: str, right: Counter[str], judged: Counter[str]) -> dict[str, float]:
    print(f"{name}:", ", ".join(f"{key} {right[key]}/{judged[key]}" for key in judged))
    return {key: right[key] / judged[key] for key in judged}
