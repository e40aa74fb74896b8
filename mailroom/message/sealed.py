"""Messages whose words cannot be read here: encrypted, or protected by their sender (RFC 8551, RFC 3156, RMS).

They are kept whole and said to be so. A clear subject over sealed words decides nothing.
"""

from collections.abc import Iterable

from mailroom.message import tnef
from mailroom.message.mime import Leaf
from mailroom.message.model import Attachment

SMIME = "encrypted or sealed (S/MIME): open it in Outlook"
PGP = "encrypted (PGP): it cannot be read here"
RIGHTS = "protected by its sender (rights management): open it in Outlook"
DAMAGED = "winmail.dat (Outlook's own format) is damaged: what is in it cannot be seen here"
_BY_TYPE = {
    "application/pkcs7-mime": SMIME,
    "application/x-pkcs7-mime": SMIME,
    "application/pgp-encrypted": PGP,
    "application/x-microsoft-rpmsg-message": RIGHTS,
}
_BY_NAME = {".p7m": SMIME, ".rpmsg": RIGHTS, ".pgp": PGP, ".gpg": PGP}
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


def unreadable(files: Iterable[Attachment], leaves: Iterable[Leaf], words: str) -> tuple[str, ...]:
    """Say in words what nobody but the right program can open; `leaves` are those of `tnef.unwrapped`."""
    found = [PGP] if _armoured(words) else []
    found += [_BY_TYPE.get(file.type) or _BY_NAME.get(file.name[file.name.rfind(".") :].lower(), "") for file in files]
    given = tuple(leaves)
    found += [DAMAGED for leaf in given if tnef.is_tnef(leaf) and not tnef.opened_whole(leaf)]
    return tuple(dict.fromkeys(sentence for sentence in found if sentence))


def sealed(root_type: str, files: Iterable[Attachment], words: str) -> bool:
    """Say whether the words themselves are out of reach, rather than a file that comes with them."""
    if root_type in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
        return True
    kinds = {_BY_TYPE.get(file.type) or _BY_NAME.get(file.name[file.name.rfind(".") :].lower(), "") for file in files}
    # What stands beside a protected message is not its sender's: it says how to open it.
    if RIGHTS in kinds or _armoured(words):
        return True
    return not words.strip() and bool(kinds & {SMIME, PGP})


def _armoured(words: str) -> bool:
    return words[:1000].lstrip().startswith(_ARMOUR)
