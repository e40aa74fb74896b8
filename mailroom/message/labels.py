"""The words with which mail programs in some twenty languages introduce other people's words.

Data and the small recognisers on it; what to do about a quotation is `new_text`'s and `forward`'s business.
Every pattern looks at one bounded line and has no nested repetition, so crafted text cannot stall it.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

# No real attribution or header label needs a longer line.
_LINE = 400

Field = Literal["from", "date", "to", "cc", "subject", "other"]

_FIELDS: dict[Field, str] = {
    "from": "from;von;de;da;van;fra;från;od;от;від;lähettäjä;feladó;nadawca;de la;oddi wrth;expéditeur;remitente;"
    "kimden;gönderen;από;发件人;寄件者;差出人;보낸 사람;saatja;nuo",
    "date": "date;sent;datum;gesendet;data;dato;sendt;skickat;fecha;enviado;enviado el;enviada;enviada em;inviato;"
    "verzonden;envoyé;envoyé le;päivämäärä;päiväys;lähetetty;dátum;elküldve;wysłano;odesláno;odoslané;дата;отправлено;"
    "відправлено;dată;trimis;dyddiad;anfonwyd;tarih;ημερομηνία;日期;发送时间;日付;送信日時;날짜",
    "to": "to;an;à;a;para;aan;til;till;do;komu;кому;vastaanottaja;címzett;adresat;către;pre;prima;at;kime;προς;"
    "destinataire;destinatario;收件人;宛先;받는 사람",
    "cc": "cc;kopie;kopie (cc);copie;copie à;kopi;kopia;kopio;kópia;копия;копія;dw;másolat;抄送;参考",
    "subject": "subject;betreff;objet;oggetto;onderwerp;emne;ämne;temat;тема;aihe;tárgy;předmět;predmet;asunto;"
    "assunto;subiect;pwnc;konu;θέμα;主题;主旨;件名;제목;teema",
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
    r"(?i)\b(?:wrote|schrieb|écrit|ha scritto|escribió|escreveu|schreef|skrev|kirjoitti|napisał|napsal|napísal|írta|"
    r"написал|написав|пише|a scris|yazdı|ysgrifennodd|έγραψε|έγραψες)|写道|書きました|작성"
)
_ENDS = re.compile(r"[:：](?:\s*-{2,})?\s*\Z|\bwrote\s*-{2,}\s*\Z")
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
    ruled = _RULED.match(line)
    if ruled:
        words = ruled[1]
    else:
        announced = _ANNOUNCED.fullmatch(line)
        if announced is None or _BEGIN.match(announced[1].strip()) is None:
            return ""
        words = announced[1]
    if _FORWARDED.search(words):
        return "forwarded"
    return "original" if _ORIGINAL.search(words) else ""


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
    if not line or len(line) > _LINE or not (_STARTS.match(line) or "@" in line or _VERB.search(line)):
        return None
    joined = ""
    for count in range(1, 4):
        if at + count > len(lines) or len(lines[at + count - 1]) > _LINE:
            return None
        piece = lines[at + count - 1].strip()
        if not piece:
            return None
        joined = f"{joined} {piece}".strip()
        if _ENDS.search(joined) and any(char.isdigit() for char in joined):
            sure = _MAILBOX.search(joined) is not None or _TIME.search(joined) is not None
            verb = _VERB.search(joined) is not None
            starts = _STARTS.match(line) is not None
            if (verb and (starts or sure)) or (starts and _MAILBOX.search(joined) and _TIME.search(joined)):
                return Attribution(count, sure, joined)
            return None
    return None


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
