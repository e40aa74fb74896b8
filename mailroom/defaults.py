"""Where the files shipped with mailroom are: in the installed package, or in the repository beside it.

A wheel carries them as `_defaults`; an editable install does not, so there the repository's own are used.
"""

from pathlib import Path

from mailroom.errors import MailroomError

PACKAGE = Path(__file__).parent

# Names that the repository keeps elsewhere than at its root.
_IN_REPOSITORY = {"story": "tests/story"}


def shipped(name: str) -> Path:
    """Return the shipped file or folder: config.example.toml, a page of docs, rules, templates or story.

    Raises:
        MailroomError: this installation lacks it.
    """
    for place in (PACKAGE / "_defaults" / name, PACKAGE.parent / _IN_REPOSITORY.get(name, name)):
        if place.exists():
            return place
    message = f"This installation of mailroom lacks its “{name}”. Install it again: pip install --force-reinstall ."
    raise MailroomError(message)
