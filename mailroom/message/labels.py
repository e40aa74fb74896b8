"""The words with which mail programs in some twenty languages introduce other people's words.

Data and the small recognisers on it; what to do about a quotation is `new_text`'s and `forward`'s business.
Every pattern looks at one bounded line and has no nested repetition, so crafted text cannot stall it.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mailroom.message.text import folded

# No real attribution or header label needs a longer line.
_LINE = 400

Field = Literal["from", "date", "to", "cc", "subject", "other"]

_FIELDS: dict[Field, str] = {
    "from": "from;von;de;da;van;fra;från;od;от;від;lähettäjä;feladó;nadawca;de la;oddi wrth;expéditeur;remitente;"
    "kimden;gönderen;από;发件人;寄件者;差出人;보낸 사람;saatja;nuo;avsender;afsender;frá;emaitzailea;de:;mittente;"
    "absender;expeditor;odesílatel;odosielateľ;pošiljatelj;šalje;відправник;отправитель;отправител;מאת;من;จาก;dari;"
    "dari pada;từ;寄件人;发送人;送信者;보낸사람",
    "date": "date;sent;datum;gesendet;data;dato;sendt;skickat;fecha;enviado;enviado el;enviada;enviada em;inviato;"
    "verzonden;envoyé;envoyé le;päivämäärä;päiväys;lähetetty;dátum;elküldve;wysłano;odesláno;odoslané;дата;отправлено;"
    "відправлено;dată;trimis;dyddiad;anfonwyd;tarih;ημερομηνία;日期;发送时间;日付;送信日時;날짜;sent on;sendt den;"
    "skickat den;fecha de envío;data de envio;envoyé;sendes;verzonden op;verstuurd;verzonden om;lähetysaika;kuupäev;"
    "saadetud;poslano;datum i vrijeme;изпратено;נשלח;תאריך;التاريخ;تاريخ الإرسال;tanggal;terkirim;ngày;đã gửi;"
    "วันที่;gönderilme tarihi;gönderildi;gönderme tarihi;data e ora;日期时间;傳送時間;寄件日期;寄件時間;보낸 날짜;"
    "보낸날짜;στάλθηκε;εστάλη;dyddiad anfon;anfonwyd ar;klo",
    "to": "to;an;à;a;para;aan;til;till;do;komu;кому;vastaanottaja;címzett;adresat;către;pre;prima;at;kime;προς;"
    "destinataire;destinatario;收件人;宛先;받는 사람;προς:;mottaker;modtager;mottagare;empfänger;do:;primatelj;za;"
    "אל;إلى;kepada;đến;ถึง;kime;收件者;받는사람;destinatari;ar gyfer;í;เรียน",
    "cc": "cc;kopie;kopie (cc);copie;copie à;kopi;kopia;kopio;kópia;копия;копія;dw;másolat;抄送;参考;kopie an;"
    "en copie;copia;cópia;w kopii;do wiadomości;dk;kopija;másolatot kap;bilgi;κοιν;κοιν.;副本;참조;עותק;نسخة;"
    "tembusan;สำเนา",
    "subject": "subject;betreff;objet;oggetto;onderwerp;emne;ämne;temat;тема;aihe;tárgy;předmět;predmet;asunto;"
    "assunto;subiect;pwnc;konu;θέμα;主题;主旨;件名;제목;teema;sujet;titre;asunto:;titel;rubrik;naslov;"
    "predmet správy;zadeva;предмет;относно;נושא;الموضوع;subjek;perihal;tiêu đề;เรื่อง;temat:;konusu;主題;标题;題名;"
    "thema;testun;efni;gaia;assumpte",
    "other": "reply-to;importance;attachments;bcc;organisation;priority;sensitivity;resent-from;when;where",
}
LABELS: dict[str, Field] = {label: field for field, labels in _FIELDS.items() for label in labels.split(";")}

_HEADER_LINE = re.compile(r"[\s>*\ufeff]*([^\W\d_][\w .()\-]{0,24}?)[ \t\xa0]*\*?[ \t\xa0]*[::]\*?[ \t\xa0]*(.*)")
_GLUED = re.compile(
    "(?:"
    + "|".join(re.escape(label[0].upper() + label[1:]) for label in sorted(LABELS, key=len, reverse=True))
    + r")[ \xa0]?:[ \xa0]"
)

_FORWARDED = re.compile(
    r"(?i)forwarded message|forwarded by|fwd\.msg|weitergeleitete|message transféré|message transmis|inoltrato|"
    r"reenviado|encaminhada|doorgestuurd|videresendt|vidarebefordrat|välitetty viesti|przekazan|przesłana dalej|"
    r"přeposlan|preposlan|továbbított|пересыла|перенаправлен|переслан|redirec[tț]ionat|hanfon ymlaen|"
    r"iletilen ileti|転送|转发|轉寄|전달"
)
_ORIGINAL = re.compile(
    r"(?i)original message|original appointment|ursprüngliche nachricht|originalnachricht|message d.origine|"
    r"message original|messaggio originale|mensaje original|mensagem original|oorspronkelijk bericht|"
    r"oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|oryginalna wiadomość|"
    r"původní zpráva|pôvodná správa|eredeti üzenet|исходное сообщение|neges wreiddiol"
)
_RULED = re.compile(r"[\s>*]*-{2,}[ \t\xa0]?([^\r\n]{3,120}?)[ \t\xa0]?-{2,}(.*)")
_ANNOUNCED = re.compile(r"[\s>*]*([^\r\n:：]{3,60})[:：]\s*")
_BEGIN = re.compile(r"(?i)^(?:begin |inizio |début du |anfang der )?(?:forwarded message|vidarebefordrat mejl|"
                    r"messaggio inoltrato|message réexpédié|weitergeleiteten (?:nachricht|e-?mail)|"
                    r"message transféré|mensaje reenviado|doorgestuurd bericht|videresendt besked)$")  # fmt: skip

_STARTS = re.compile(
    r"[\s\ufeff\-]*(?:On|At|Am|Le|El|Il|Em|Den|Op|W dniu|Dnia|Dne|Dňa|På|Pe|Ar|El día|Il giorno|在|"
    r"\d|\w{2,10}[.,] ?\d)"
)
_VERB = re.compile(
    r"\b(?:wrote|writes|schrieb|écrit|ha scritto|scrive|escribió|escribe|escreveu|schreef|skrev|skrifaði|"
    r"kirjoitti|napisał|napisao|napisala|napsal|napísal|je napisal|írta|написал|написала|написав|написа|пише|пишет|"
    r"a scris|yazd[ıi]|ysgrifennodd|έγραψε|έγραψες|kirjutas|rakstīja|rašė|va escriure|idatzi|menulis|đã viết|scríobh)|"
    r"\bzitat von\b|\bquoting\b|写道|寫道|书写|書きました|のメール|작성|님이|כתב|כתבה|كتب|نوشت|เขียน"
)
_ENDS = re.compile(r"[:：](?:\s*-{2,})?\s*\Z|\bwrote\s*-{2,}\s*\Z|[^\W\d_]\s*-{4,}\s*\Z")
# "2027-01-04 09:00 GMT+01:00 Ada Member": a stamp with its zone and a name, which nobody types.
_STAMPED = re.compile(
    r"[\s>]*\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(?::\d{2})? (?:(?:GMT|UTC) ?)?[+-]\d{2}:?\d{2} \S.{0,120}"
)
# "Ada Member wrote:", which counts only with a quotation under it.
_NAMED = re.compile(
    r"\s*(?:[A-ZÀ-ÞΑ-ΩА-Я][\w.'’-]{0,30},? ){1,4}(?:wrote|writes|schrieb|a écrit|ha scritto|escribió|escreveu|"
    r"schreef|skrev|"
    r"kirjoitti|napisał\(?a?\)?|napsala?|написала?)\s?:\s*\Z"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# What ends in a mailbox and a colon was written by a program; a person's sentence has people in it who do things.
_ENDS_IN_MAILBOX = re.compile(r"[<(\[][^<>\s]{1,120}@[^<>\s]{1,120}[>)\]]\s*[:：]\s*\Z")
_NARRATED = re.compile(r"(?i)\b(?:i|he|she|they|we|who|my|our|his|her|their|me|him|them|us)\b")
_ARTICLES = re.compile(r"\b(?:the|a|an|this|that)\b")
# Marks of right-to-left writing and their like stand in attributions and nowhere in the patterns.
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
# Lines an attribution may be wrapped over, and what its last one ends in.
_COLONS = (":", "：")
_WRAPPED, _LAST = 3, (*_COLONS, "-")
_TRAILING = " \t\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# A desk's mark above the mail it sends: what stands under it is the old mail, quoted or not.
_ABOVE = re.compile(
    r"[^\w]{0,20}(?:"
    r"(?:please )?(?:type|write|enter|add)? ?(?:your )?(?:reply|respond|answer|response)s? (?:above|over) this line\b|"
    r"(?:bitte )?(?:antworten sie )?(?:oberhalb|über) dieser (?:zeile|linie)\b|"
    r"(?:veuillez )?(?:répondre|écrire|répondez) au[- ]dessus de cette ligne\b|"
    r"(?:por favor )?(?:responda|escriba|escreva)\w* (?:por encima|acima) de?(?:sta| esta) l[ií]n[eh]a\b|"
    r"(?:scrivi|rispondi)\w* (?:al di )?sopra (?:di )?quest[ao] (?:riga|linea)\b"
    r").{0,60}"
)
_A_LINE = re.compile("line|linie|zeile|ligne|línea|linha|línha|riga")
_MAILBOX = re.compile(r"[^\s<>\"]{1,120}@[^\s<>\"]{1,120}")
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_FORWARD_SUBJECT = re.compile(
    r"(?i)\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|tr|wg|rv|enc|vs|vl|vb|videresend|vidarebefordrat|doorst|pd|továbbítás|"
    r"i|ymlaen)\s*[:：]"
)
_ANY_PREFIX = re.compile(
    r"(?i)\s*(?:re|aw|sv|antw|fwd?|tr|wg|rv|enc|vs|vl|vb|videresend|doorst|pd)\s*(?:\[\d+\])?[:：]\s*"
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """The line "On … wrote:", over `lines` lines; `sure` when it holds an address or a time of day."""

    lines: int
    sure: bool
    text: str


def field_of(line: str) -> tuple[Field, str] | None:
    """Read a line such as `From: Ada <ada@example.org>` in any of the languages, marked bold or quoted or not."""
    found = _HEADER_LINE.match(line[:_LINE])
    if found is None:
        return None
    field = LABELS.get(found[1].strip().lower())
    return (field, found[2].strip()) if field else None


def separator(line: str) -> Literal["forwarded", "original", ""]:
    """Say whether a line announces an enclosed message, and which sort."""
    if len(line) > _LINE * 3:
        return ""
    if "--" in line and (ruled := _RULED.match(line)):
        words = ruled[1]
    elif (
        line.rstrip()[-1:] in _COLONS
        and (announced := _ANNOUNCED.fullmatch(line))
        and _BEGIN.match(announced[1].strip())
    ):
        words = announced[1]
    else:
        return "original" if _is_desks_mark(line) else ""
    if _FORWARDED.search(words):
        return "forwarded"
    return "original" if _ORIGINAL.search(words) or _is_desks_mark(line) else ""


def _is_desks_mark(line: str) -> bool:
    low = folded(line[:_LINE])
    return _A_LINE.search(low) is not None and _ABOVE.fullmatch(low) is not None


def unglued(line: str) -> list[str]:
    """Split the one line into which Yahoo runs its separator and headers; any other line comes back alone."""
    ruled = _RULED.match(line[: _LINE * 10])
    if ruled is None or not ruled[2].strip():
        return [line]
    rest = ruled[2]
    cuts = [*(found.start() for found in _GLUED.finditer(rest)), len(rest)]
    return [line[: ruled.start(2)], *(rest[a:b] for a, b in pairwise(cuts))]


def attribution(lines: list[str], at: int) -> Attribution | None:
    """Recognise an attribution that starts at line `at` and may be wrapped over three lines."""
    line = lines[at]
    if not line or len(line) > _LINE:
        return None
    if line[0].isdigit() and _STAMPED.fullmatch(line):
        return Attribution(1, sure=True, text=line.strip())
    # Nearly every line of every mail is looked at: what is cheap to see comes first.
    if not _may_end(lines[at : at + _WRAPPED]) or not (
        _STARTS.match(line) or "@" in line or _VERB.search(folded(line))
    ):
        return None
    joined = ""
    for count in range(1, _WRAPPED + 1):
        if at + count > len(lines) or len(lines[at + count - 1]) > _LINE:
            return None
        piece = _INVISIBLE.sub("", lines[at + count - 1]).strip()
        if not piece:
            return None
        joined = f"{joined} {piece}".strip()
        if _ENDS.search(joined):
            return _judged(joined, line, count)
    return None


def _may_end(lines: list[str]) -> bool:
    for line in lines:  # noqa: SIM110 - a generator takes three times as long, for nearly every line of every mail
        if line.rstrip(_TRAILING)[-1:] in _LAST:
            return True
    return False


def _judged(joined: str, line: str, count: int) -> Attribution | None:
    """Weigh what an attribution is made of: a date, a time, an address, the verb, the way it starts."""
    if not any(char.isdigit() for char in joined):
        return Attribution(count, sure=False, text=joined) if count == 1 and _NAMED.match(joined) else None
    mailbox, time = _MAILBOX.search(joined) is not None, _TIME.search(joined) is not None
    verb, starts = _VERB.search(folded(joined)) is not None, _STARTS.match(line) is not None
    # In a language not known here, a whole stamp before a mailbox and a colon are enough.
    stamped = time and (starts or _YEAR.search(joined) is not None) and _ENDS_IN_MAILBOX.search(joined) is not None
    if not stamped and not (verb and (starts or mailbox or time)):
        return None
    told = _NARRATED.search(joined) is not None or (not mailbox and _ARTICLES.search(joined) is not None)
    return Attribution(count, sure=(mailbox or time) and not told, text=joined)


def is_forward(subject: str) -> bool:
    """Say whether a subject is marked as forwarded, in any language."""
    return _FORWARD_SUBJECT.match(subject) is not None


def bare_subject(subject: str) -> str:
    """Give a subject without its Re:, Fw: and the like."""
    for _ in range(10):
        found = _ANY_PREFIX.match(subject)
        if found is None:
            break
        subject = subject[found.end() :]
    return subject.strip()
