"""Folders that say nothing of what a mail is: what lies there was thrown away, put away or sent.

Servers mark them (RFC 6154); where they don't, the names that mail programs give them in several languages tell.
"""

from collections.abc import Collection
from typing import Final

USES: Final = frozenset({"\\trash", "\\junk", "\\archive", "\\sent", "\\drafts"})
VIEWS: Final = frozenset({"\\all", "\\flagged", "\\important"})
"""Folders that show the mail of others: a message is never moved into one."""

_NAMES: Final = """
    trash|bin|rubbish|deleted|deleted items|deleted messages|recycle bin|wastebasket|recoverable items
    junk|junk e-mail|junk email|junk mail|spam|bulk mail|quarantined spam|clutter
    archive|archives|archived|archived items|online archive|in-place archive|all mail|old mail
    sent|sent items|sent messages|sent mail|drafts|outbox|templates|snoozed|scheduled|conversation history|sync issues
    papierkorb|gelöscht|gelöschte elemente|gelöschte objekte|gelöschte nachrichten|junk-e-mail|werbung|archiv
    gesendet|gesendete elemente|gesendete objekte|entwürfe|postausgang
    corbeille|éléments supprimés|messages supprimés|poubelle|courrier indésirable|indésirables|pourriel
    archivage|envoyés|éléments envoyés|messages envoyés|brouillons|boîte d'envoi
    papelera|elementos eliminados|mensajes eliminados|correo no deseado|correo electrónico no deseado|archivo
    enviados|elementos enviados|mensajes enviados|borradores|bandeja de salida
    cestino|posta eliminata|elementi eliminati|posta indesiderata|archivio|inviati|posta inviata|bozze
    prullenbak|verwijderde items|verwijderde berichten|ongewenste e-mail|ongewenst|archief|verzonden items|concepten
    lixeira|itens excluídos|itens eliminados|mensagens excluídas|lixo eletrônico|lixo eletrónico|arquivo morto
    itens enviados|rascunhos
    kosz|elementy usunięte|wiadomości-śmieci|śmieci|archiwum|elementy wysłane|wysłane|kopie robocze
    borttaget|papperskorgen|skräppost|arkiv|skickat|utkast|slettet post|søppelpost|uønsket e-post|papirkurv|uønsket mail
"""
NAMES: Final = frozenset(name.strip() for name in _NAMES.replace("\n", "|").split("|") if name.strip())


def is_put_away(folder: str, flags: Collection[str] = ()) -> bool:
    """Tell whether what lies in a folder was thrown away, put away or sent, at any level of its name."""
    return bool(USES & set(flags)) or any(level.strip().casefold() in NAMES for level in folder.split("/"))
