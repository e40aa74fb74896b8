"""What stands below a message without anybody having written it: signatures, phones' lines, legal notices.

Data of some twenty languages, in lower case for lower-cased text, and the small recognisers on it. Each looks at
bounded text and has no nested repetition. A signature that no mark announces is somebody's greeting, and stays.
"""

import re
from collections.abc import Callable

from mailroom.message.text import folded

# A signature marked by less than the standard's "-- " (RFC 3676 section 4.3) is believed only when short.
_SURE_LINES, _LIKELY_LINES, _WEAK_LINES = 30, 12, 8
_LINE = 160
_WEAK = re.compile(r"[\s>]*(?:-{3,}|_{2,}|—{1,3}|–{1,3}|={3,}|\*{3,}|~{3,}|#{3,}|\+{3,})\s*\Z")
_DRAWN = "-_—–=*~#+"
_LIST = re.compile(r"(?i)mailing list|listinfo|unsubscribe|[^\s<>@]{1,60}-(?:request|leave)@")
# Somebody's name on the first line, and a way to reach them.
_NAME = re.compile(r"(?:[^\W\d_a-z][\w.'’-]{0,30}[ ]?){1,4}")
_CONTACT = re.compile(r"(?i)[^\s<>@]{1,60}@[^\s<>@]{1,60}\.[a-z]{2,}|https?://|www\.|\+?\d[\d ()/.-]{7,}\d")
_THINGS = (
    r"iphone|ipad|ipod|android|samsung|galaxy|smartphone|phone|handy|mobile?|mobiltelefon\w*|telefon\w*|téléphone|"
    r"teléfono|"
    r"telemóvel|celular|blackberry|nokia|huawei|pixel|outlook|yahoo\w*|gmail|mail for windows|mail|typeapp|proton\w*|"
    r"tablet|device|dispositi\w*|appareil|gerät|enhet|wiko|xiaomi|redmi|oppo|oneplus|motorola|windows|bluemail|"
    r"spark|airmail|aol|icloud|hotmail|libero|web\.de|gmx|orange|laposte|thunderbird|telefoon|apparaat|iphonie?\w*|"
    r"iphon\w*|айфон\w*|устройств\w*|телефон\w*|смартфон\w*|почт\w*"
)
_SENT = (
    r"sent (?:from|via|using|with)|envoy[ée]e? (?:de|depuis|à partir d|avec|par|via)|gesendet (?:von|mit|über)|"
    r"(?:diese nachricht wurde )?von mein\w* .{0,40}gesendet|verzonden (?:vanaf|met|via|door|vanuit)|"
    r"verstuurd (?:vanaf|met|via|vanuit)|"
    r"inviato (?:da|con|tramite|dal)|enviad[oa] (?:desde|de|do|da|a partir|pel[oa]|con|com|via)|skickat (?:från|"
    r"med|via)|"
    r"sendt (?:fra|med|via|ved)|lähetetty|wysłan[eoay]\w*|odesláno|odoslané|отправлено|надіслано|отправлено с|"
    r"trimis (?:de pe|din|cu|de la)|küldve|elküldve|poslan[oa]|στάλθηκε|εστάλη|απεστάλη|gönderildi|anfonwyd|"
    r"saadetud|išsiųsta|"
    r"nosūtīts|изпратено|послано|bidalia|enviat des"
)
_DEVICE = re.compile(
    rf"\s*[*_\[(]?(?:(?:{_SENT})\b.{{0,40}}?\b(?:{_THINGS})\b.{{0,60}}|sent (?:from|via) (?:my|a) .{{0,40}}|"
    r"get (?:outlook|the mail app|mail\.com|yahoo mail|bluemail|spark|gmail) for .{0,80}|"
    r"von meine[mr] .{0,40} gesendet|(?:obtenir|télécharger|descarga|obtener|scarica|ottieni|obter|holen sie sich|"
    r"hämta|hent|download|pobierz) outlook (?:pour|para|per|für|för|til|voor|dla) .{0,80}|lähetetty \w{4,20}|"
    r"(?:nachricht|diese nachricht) (?:von|wurde von) .{0,60} gesendet)[\])*_]?\s*\Z"
)
# What begins with the device; none of these is ever in plain ASCII.
_DEVICE_FIRST = re.compile(
    r"\s*[*_\[(]?(?:\w{2,12}(?:'|’)?\w{0,8} (?:lähetetty|gönderildi)|"
    r".{0,10}(?:iphone|ipad|android|手机|手機|iphon\w*).{0,10}(?:发送|傳送|发自|送信|보냄|gönderildi)|"
    r"(?:发自|發自|从|從).{0,24}(?:iphone|ipad|android|手机|手機|邮箱).{0,12})[\])*_]?\s*\Z"
)
_SMALL_PRINT = re.compile(
    r"\s*(?:[^\w]{0,3}(?:please |kindly )?(?:consider|think of|think about|help save|save) the (?:environment|"
    r"planet|trees?)\b.{0,120}|"
    r"(?:virus-free|virenfrei|garanti sans virus|libre de virus|mail priva di virus|virusfri|"
    r"viruksista vapaa)\b.{0,60}|"
    r"(?:this e-?mail|this message) (?:has been|was) (?:checked|scanned|sent through) (?:for|by|with) .{0,120}|"
    r"no virus found in this (?:incoming |outgoing )?message\b.{0,80}|checked by avg\b.{0,60}|ᐧ)\s*\Z"
)
_NOTICE = re.compile(
    r"[\s*_>\-–—.:!\[(\"'«»#]{0,12}(?:this (?:e-?mail|message|communication|transmission|electronic)|"
    r"the (?:information|contents?) (?:contained )?"
    r"(?:in|of) this|confidential\w*(?: notice| note| statement)?|disclaimer|(?:important|legal|privacy) notice|"
    r"privileged|"
    r"if you (?:are not the|have received|received)|caution\b|warning\b|external\b|e-?mail (?:confidentiality|"
    r"disclaimer)|notice\b|"
    r"diese (?:e-?mail|mail|nachricht)|der inhalt dieser|vertraulich\w*|wichtiger hinweis|sollten sie nicht|"
    r"haftungsausschluss|"
    r"ce (?:message|courriel|courrier|mail)|cet? e-?mail|les informations contenues|avis de confidentialité|"
    r"avertissement|"
    r"si vous n.êtes pas|quest[oa] (?:messaggio|e-?mail|comunicazione)|le informazioni contenute|avviso|"
    r"il presente|la presente|ai sensi|"
    r"est[ea] (?:mensaje|correo|e-?mail|mensagem|comunica\w*)|la información contenida|aviso|as informações contidas|"
    r"dit (?:bericht|e-?mail\w*)|deze (?:e-?mail|mail|boodschap)|de (?:informatie|inhoud) (?:in|van)|"
    r"denn[ea] (?:e-?mail|e-?post\w*|mail|meddelelse|melding|meddelande)|dett[ea] (?:e-?post)?\w{0,9}|"
    r"tämä (?:sähköposti|viesti)\w*|"
    r"t[aę] wiadomość|niniejsz[aąey]\w* |treść (?:tej|niniejszej)|tato (?:zpráva|e-?mail\w*)|tento e-?mail|"
    r"táto správa|obsah t[ée]|"
    r"ez az (?:e-?mail|üzenet|elektronikus)|jelen (?:e-?mail|üzenet|levél)|acest (?:mesaj|e-?mail)|informațiile|"
    r"это (?:сообщение|письмо|электронное)|настоящ[еа]\w+ |информация, содержащ|це (?:повідомлення|лист)|"
    r"αυτό το|το παρόν|οι πληροφορίες|bu (?:e-?posta|mesaj|ileti|elektronik)|mae.r (?:e-?bost|neges)|ymwadiad|"
    r"本?此?(?:邮件|電郵|电子邮件|電子郵件)|本(?:メール|電子メール)|この(?:メール|電子メール)|(?:본|이) (?:메일|"
    r"이메일|전자우편))"
)
_STEMS = re.compile(
    r"(confidential|privileg|intended|recipient|addressee|unauthori|disclos|disseminat|distribut|prohibit|liab|"
    r"delet|destroy|notify|in error|virus|legally|outside (?:of )?(?:the|your)|links|attachment|"
    r"vertraulich|empfänger|irrtüm|vernicht|lösch|unbefugt|bestimmt|untersagt|weitergabe|informieren|"
    r"confidentiel|destinat|erreur|détrui|supprim|interdit|divulg|expéditeur|"
    r"riservat|confidenzial|errore|cancell|divieto|vietat|mittente|distrugg|esclusiv|"
    r"privilegiad|prohibid|proibid|borrar|elimin|apagar|remitente|remetente|por error|por engano|notifi|"
    r"vertrouwelijk|geadresseerde|vernietig|verwijder|afzender|bestemd|abusievelijk|openbaar|"
    r"fortrolig|konfidens|mottaga|modtager|mottaker|slett|radera|avsändar|afsender|feilaktig|av misstag|fejl|"
    r"luottamuksel|vastaanottaj|lähettäj|poista|tarkoitettu|poufn|adresat|nadawc|usuni|zabronion|przeznaczon|"
    r"důvěrn|dôvern|adresát|příjemc|odesílatel|odosielate|smaž|vymaž|zakázán|určen|bizalmas|címzett|feladó|törölj|"
    r"tilos|"
    r"confiden[țt]ial|expeditor|șterge|interzis|конфиденциальн|конфіденційн|предназначен|призначен|получател|"
    r"одержувач|"
    r"отправител|удал|видал|запрещ|εμπιστευτικ|παραλήπτη|αποστολέα|διαγρ|gizli|al[ıi]c[ıi]|gönderen|silin|yasak|"
    r"cyfrinachol|derbynnydd|bwriad|dileu|anfonwr|保密|机密|機密|收件人|删除|刪除|发件人|機密|宛先|削除|送信者|기밀|"
    r"수신인|삭제|발신인)"
)
_SELF = re.compile(
    r"(?:^|[^\w])(?:i|i'm|i’m|i've|i’ve|my|me|ich|mein\w*|mich|mir|je|j'ai|j’ai|mon|mes|moi|yo|mi|mis|io|mio|"
    r"mia|miei|ik|mijn|"
    r"jag|jeg|min|mitt|eu|meu|minha|minä|minun|mój|moja|moje|já|můj|én|nekem|я|мой|моя|мне|меня|benim)(?![\w-])"
)
_NOTICE_LENGTH, _NOTICE_TEXT, _NOTICE_STEMS = 60, 4_000, 3


def is_mark(line: str) -> bool:
    """Say whether a line may be the mark above a signature."""
    bare = line.strip()
    return bare == "--" or (bare[-1:] in _DRAWN and _WEAK.match(line) is not None)


def signature_end(lines: list[str], at: int, is_end: Callable[[int], bool]) -> int:
    """Return the line after the signature whose mark stands at line `at`, 0 where it is the message going on.

    Args:
        lines: the text.
        at: the line that looks like the mark of a signature (`is_mark`).
        is_end: whether somebody else's words begin at a line: a signature ends there.

    """
    bare = lines[at].strip()
    most = _WEAK_LINES if bare != "--" else _SURE_LINES if lines[at] == "-- " else _LIKELY_LINES
    written = listed = contacts = 0
    named = False
    end = at + 1
    while end < len(lines) and not is_end(end):
        words = lines[end].strip()
        written += bool(words)
        listed += bool(words) and _LIST.search(words[:_LINE]) is not None
        named = named or (written == 1 and bool(words) and _NAME.fullmatch(words) is not None)
        contacts += bool(words) and _CONTACT.search(words[:_LINE]) is not None
        if written > most:
            return 0
        end += 1
    return end if bare == "--" or listed or (named and contacts) else 0


def is_device_line(line: str) -> bool:
    """Recognise "Sent from my phone" and other small print that programs add as a line of its own."""
    if len(line) > _LINE:
        return False
    low = folded(line)
    if _DEVICE.match(low) or _SMALL_PRINT.match(low):
        return True
    return not low.isascii() and _DEVICE_FIRST.match(low) is not None


def is_notice(paragraph: str) -> bool:
    """Recognise a legal notice or a server's warning: its opening formula, three of its stock words, and no "I"."""
    if len(paragraph) < _NOTICE_LENGTH:
        return False
    low = folded(paragraph)
    if _NOTICE.match(low) is None or _SELF.search(low):
        return False
    return len(set(_STEMS.findall(low[:_NOTICE_TEXT]))) >= _NOTICE_STEMS
