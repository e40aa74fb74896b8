"""Pictures that people send, made fit for a newsletter in a process of its own: small, upright, and telling no place.

What comes out is a new JPEG of the picture's points alone: nothing of the file it came in is kept, neither where and
when it was taken nor whose telephone it was. `python -m mailroom.office.photos` reads one request from its standard
input and writes its answer to its standard output. A file made to hurt its reader costs that process its life, and
counts as a picture that cannot be opened.
"""

import io
import logging
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
from PIL import Image, ImageOps

from mailroom.message.file_bytes import file_bytes
from mailroom.office.news_item import is_picture

WIDEST, TALLEST = 1200, 1600
"""Points of a picture: twice what a mail shows, for screens that are twice as fine."""
LARGEST: Final = 150 * 1024
"""Bytes of a picture; a newsletter of five is then as large as mail on a telephone should be."""
MOST_POINTS: Final = 50_000_000
"""Points that are opened; a telephone takes 12 to 50 million."""
MOST_IN_A_MAIL: Final = 6
SECONDS, MIB = 10, 400
_WAIT_SECONDS: Final = 30.0
_ROOT: Final = str(Path(__file__).resolve().parents[2])
_QUALITIES: Final = (85, 75, 65, 55)
_FORMATS: Final = ("JPEG", "PNG")


class Photo(msgspec.Struct, frozen=True):
    """A picture as it is shown: a JPEG of so many points across, or b"" for one that cannot be opened."""

    data: bytes
    width: int


_answers = msgspec.msgpack.Decoder(list[Photo])


def of_mail(raw: bytes, count: int) -> list[Photo]:
    """Return the pictures of a mail, `count` of them as it was read, in their order."""
    paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH", "")])]
    # Not our whole environment: a password may stand in it, and the child reads what strangers sent.
    passed_on = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mailroom.office.photos"],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**passed_on, "PYTHONPATH": os.pathsep.join(paths)},
            timeout=_WAIT_SECONDS,
            check=False,
        )
        if ended.returncode == 0:
            return _answers.decode(ended.stdout)
    except (subprocess.TimeoutExpired, OSError, msgspec.DecodeError):
        pass
    return [Photo(b"", 0)] * count


def small(data: bytes) -> Photo:
    """Make a picture small enough, of its points alone; one without bytes where it cannot be opened."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as found:
            if found.width * found.height > MOST_POINTS:
                return Photo(b"", 0)
            found.draft("RGB", (WIDEST, TALLEST))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((max(WIDEST, TALLEST),) * 2)
            picture = _on_white(upright)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Photo(b"", 0)
    picture.thumbnail((WIDEST, TALLEST))
    while True:
        for quality in _QUALITIES:
            written = io.BytesIO()
            picture.save(written, "JPEG", quality=quality, optimize=True)
            if written.tell() <= LARGEST:
                return Photo(written.getvalue(), picture.width)
        picture.thumbnail((picture.width * 3 // 4, picture.height * 3 // 4))


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")


def main() -> None:
    """Be the child: one mail, its pictures."""
    logging.disable(logging.CRITICAL)  # what a parser stumbles over is somebody's file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MOST_POINTS
    raw = sys.stdin.buffer.read()
    _limit()
    files = [data for one, data in file_bytes(raw) if is_picture(one.name, one.type, one.true_type, one.size)]
    shown = [small(data) if n < MOST_IN_A_MAIL else Photo(b"", 0) for n, data in enumerate(files)]
    sys.stdout.buffer.write(msgspec.msgpack.encode(shown))


def _limit() -> None:
    """Allow so much work and memory beyond what this process took to start, where the system can say (Linux)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return
    held = next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:")), 0)
    allowed = held + MIB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))


if __name__ == "__main__":
    main()
