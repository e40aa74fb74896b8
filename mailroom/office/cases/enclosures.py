"""Files of the office that go along with a mail of a case: `with risk-assessment.pdf`, from the folder `files`."""

import mimetypes
from pathlib import Path
from typing import Final

from mailroom.message.compose import Attached
from mailroom.office.cases.scene import Scene
from mailroom.office.files import ENCLOSED
from mailroom.rules.cases import At
from mailroom.store import alarms, journal, tasks

MOST: Final = 10 * 1024 * 1024
"""Bytes of one file; most servers take no mail that is much larger."""


def folder(scene: Scene) -> Path:
    """Return where the office keeps what it encloses: beside its config."""
    return scene.office.config.path.parent / ENCLOSED


def enclosed(scene: Scene, names: tuple[str, ...], at: At) -> tuple[Attached, ...]:
    """Return the files a line encloses; one that is not there, or too large, is left out aloud."""
    found: list[Attached] = []
    for name in names:
        data = _read(folder(scene) / Path(name).name)
        if data is None:
            _missing(scene, name, at)
        else:
            kind, _ = mimetypes.guess_type(name)
            found.append(Attached(name, kind or "application/octet-stream", data))
    return tuple(found)


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if len(data) <= MOST else None


def _missing(scene: Scene, name: str, at: At) -> None:
    words = f"{scene.case.ref}: the file “{name}” ({at.file} line {at.line}) could not be enclosed. Please send it on."
    if alarms.sound(scene.db, f"file:{name}", words, scene.now):
        journal.write(scene.db, scene.now, "alarm", words, case=scene.case.id)
    key = f"case:{scene.case.ref}:file:{name}:{scene.key}"
    tasks.add(scene.db, key, "coordinator", words, scene.now, case=scene.case.id)
