"""What machines that answer mail write, in some twenty languages: data for machines.py.

Lower-case regular expressions for lower-cased text, written as alternatives.py says.
"""

import re

from mailroom.message.alternatives import alternatives

_ANSWER = alternatives(r"""
    automatic reply|auto(?:matic|mated)?[ -]?(?:reply|response|responder|answer)|autoreply|autoreponse|ateb awtomatig
    automatische (?:antwort|nachricht|abwesenheit\w{0,12})|réponse automatique|respuesta automática
    risposta automatica|resposta autom[áà]tica|automatisch (?:antwoord|bericht)|auto(?:matisk)?t?[ -]?svar
    automatiskt? (?:svar|beskjed|besked)|automaattinen (?:vastaus|poissaoloviesti)|automatyczna odpowiedź
    odpowiedź automatyczna|autoodpowiedź|automatická odpove[ďd]|automatická odpověď|automatikus válasz
    răspuns automat|автоответ\w{0,4}|автоматический ответ|автоматична відповідь|автоматичен отговор|otomatik yanıt
    αυτόματη απάντηση|automatski odgovor|samodejni odgovor|automaatvastus|automātiska atbilde|automatinis atsakymas
    freagra uathoibríoch|自動応答|自動返信|自动答复|自动回复|自動回覆|자동 ?(?:회신|응답)|رد تلقائي|תשובה אוטומטית
""")
_OUT = alternatives(r"""
    out of (?:the )?office(?: auto-?reply| reply| message| notification)?
    on (?:annual |sick |maternity |paternity )?leave
    vacation (?:reply|message|notice|response)|away from (?:the|my) (?:office|desk|mail)|absence notification
    i am (?:currently )?(?:away|out)|allan o.r swyddfa|abwesenheits\w{0,16}|abwesend|abwesenheit|nicht im büro
    (?:absente?|absence)(?: du bureau)?|en congés?
    message d.absence|fuera de (?:la )?oficina|ausente
    fuori (?:sede|ufficio)|assente|fora do escritório|ausência|afwezig\w{0,16}|frånvaro\w{0,10}|fraværende
    ude af kontoret|ikke på kontoret|poissa(?:olo\w{0,8})?|nieobecność|poza biurem|mimo kancelář|nepřítomnost
    házon kívül|în afara biroului|вне офиса|нет на месте|відсутн\w{0,6}|ofis dışında|εκτός γραφείου|不在|外出中|부재중
""")
AWAY_SUBJECT = re.compile(rf"\s*(?:[\[(*]{{1,3}}\s?)?(?:{_ANSWER}|{_OUT})\s*(?:[\])*]{{1,3}}(?:\s|:|\Z)|[:：]|\Z)")
"""How programs begin, or make, the subject of an absent person's answer; nobody types the colon."""
NOTES_SUBJECT = re.compile(rf"\s*auto:\s.{{0,120}}?\b(?:{_OUT}|returning)\b")
"""Lotus Notes: "AUTO: Ada Member is out of the office (returning 03/12/2027)"."""
AWAY_SOMEWHERE = re.compile(
    rf"(?:\A|\W)(?:{_ANSWER}|{_OUT}|urlaub|vacaciones|ferie[rn]?|semester|holiday|urlop\w*)(?:\W|\Z)"
)

_SAYS_SO = alternatives(r"""
    this is an? auto(?:-|matic|mated|matically)\w{0,10} ?(?:generated )?(?:e-?mail )?
        (?:reply|response|answer|message|acknowledg|e-?mail|notification)
    automat(?:ed|ic) (?:reply|response)\W{0,5}(?:\n|\Z)
    dies ist eine automatisch\w{0,2} (?:\w{1,12} )?(?:antwort|nachricht|e-?mail)
    diese (?:nachricht|e-?mail|antwort) wurde automatisch|ceci est (?:une réponse|un message|un e-?mail) automatique
    ce message (?:a été|est) (?:envoyé|généré) automatiquement
    est[ea] es (?:un mensaje|una respuesta|un correo) automátic
    questo è un (?:messaggio|e-?mail) automatic|questa è una risposta automatica
    est[ae] é uma? (?:resposta|mensagem|e-?mail) automátic|dit is een automatisch|det(?:ta|te) är ett automatiskt
    dette er (?:et|en) automatisk|tämä on automaattinen
    to jest automatyczn|wiadomość (?:została )?wygenerowana automatycznie
    toto je automatick|ez egy automatikus|acesta este un (?:mesaj|răspuns) automat|это автоматическ|це автоматичн
    bu (?:bir )?otomatik|αυτό είναι (?:ένα )?αυτόματο|(?:neges|ateb) awtomatig yw
""")
_SAYS_SO_EASTERN = alternatives(r"""
    自動(?:返信|応答|送信|配信)(?:メール|しており|されて|です)|自动(?:回复|发送|答复)
    自動(?:回覆|發送)|자동 ?(?:회신|응답|발송)
""")
DECLARED = re.compile(rf"(?m)(?:^|[.!*\"(-]\s?)\s{{0,9}}(?:please note:? )?(?:{_SAYS_SO})|{_SAYS_SO_EASTERN}")
"""A sentence that begins by saying it is automatic."""
AUTOMATIC = re.compile("auto|awto|otomat|αυτόμ|автом|自動|自动|자동")
"""What is in all of those sentences; a tenth of the work to look for."""

_AWAY = alternatives(r"""
    (?:i am|i.m|i will be|i.ll be|we are|the office is) (?:\S{1,20} ){0,3}?(?:out of (?:the )?(?:office|country)|away|
        on (?:\S{1,12} )?(?:leave|holidays?|vacation|secondment)|not (?:in the office|at work|working)|off work|closed)
    (?:ich bin|bin ich|befinde mich)\b.{0,60}?(?:nicht im (?:büro|haus|dienst)|abwesend|urlaub|außer haus|
        nicht erreichbar|elternzeit)
    je (?:suis|serai)\b.{0,60}?(?:absente?|en congés?|en vacances|en déplacement|hors du bureau)
    (?:estoy|estaré|me encuentro|encontraré)\b.{0,60}?(?:fuera de|vacaciones|ausente)
    (?:sono|sarò)\b.{0,60}?(?:fuori (?:sede|ufficio)|ferie|assente|vacanza)
    (?:estou|estarei|encontro-me)\b.{0,60}?(?:ausente|férias|fora do)
    (?:ik ben|ben ik)\b.{0,60}?(?:afwezig|niet (?:op kantoor|aanwezig|bereikbaar)|vakantie|verlof)
    jag är\b.{0,60}?(?:inte på|ledig|semester|frånvarande|bortrest)
    jeg (?:er|holder|har)\b.{0,60}?
        (?:ikke på kontoret|ikke til stede|ferie|fraværende|ude af|bortreist|permisjon)
    olen\b.{0,60}?(?:poissa|lomalla|vapaalla)|en ole (?:paikalla|töissä)
    (?:jestem|będę|przebywam)\b.{0,60}?(?:nieobecn|urlop|poza biurem)
    (?:jsem|budu|čerpám)\b.{0,60}?(?:mimo kancelář|dovolen|nepřítom)
    szabadságon vagyok|nem vagyok (?:az irodában|elérhető)|sunt\b.{0,60}?(?:concediu|plecat|absent)
    (?:нахожусь|буду)\b.{0,60}?(?:отпуск|вне офиса|отсутств)|меня не будет|я в отпуске
    (?:rwyf|rydw|dw|byddaf)\b.{0,60}?(?:allan o.r swyddfa|ar wyliau|i ffwrdd|ar absenoldeb)
    (?:izinde|tatilde|ofis dışında)y?im|απουσιάζω|εκτός γραφείου
""")  # fmt: skip
ABSENT = re.compile(rf"\b(?:{_AWAY})|不在|休暇|休假|外出|出差|출장|휴가|부재중")
"""Somebody is away: one person's sentence as much as a machine's."""

BESIDES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(alternatives(block))
    for block in (
        r"""
    (?:limited|no|intermittent|without|only occasional|little) (?:\S{1,15} ){0,2}?access
    (?:not|n.t) (?:be )?(?:\S{1,15} )?(?:checking|monitor|reading|access)|keinen zugriff|pas accès|sin acceso
    nicht (?:automatisch )?(?:weitergeleitet|gelesen)|senza accesso|geen toegang
    mails? (?:is|are|will be) not (?:being )?(?:read|forwarded|monitored)
        """,
        r"""
    urgent|dringend|urgence|urgenz|brådskande|haster|hastesag|kiireel|piln\w|naléhav|срочн|sürgős|紧急|緊急|至急|긴급
    brys
    in my absence|during my absence|meiner abwesenheit|mon absence|mi ausencia|mia assenza|minha ausência
    mijn afwezigheid|please contact|bitte (?:wenden|kontaktieren)|veuillez contacter|contacte|contattare
    neem (?:dan )?contact|kontakt|cysylltwch|ota yhteyttä|обращайтесь
        """,
        r"""
    (?:will|shall|.ll) (?:\S{1,15} ){0,2}?(?:respond|reply|answer|get back|deal|attend|read)
    (?:up)?on my return|when i (?:am back|return|get back)|nach meiner rückkehr|mon retour|mi (?:regreso|vuelta)
    mio (?:rientro|ritorno)|meu (?:regresso|retorno)|mijn terugkomst|är tillbaka|er tilbage|er tilbake|kun palaan
    powrocie|návratu|возвращени|byddaf yn ateb|ar ôl dychwelyd
        """,
    )
)
"""What absences add: nobody reads this, somebody else may help, an answer comes later."""
THANKS = re.compile(
    r"\A\W{0,5}(?:(?:hi|hello|dear|hallo|bonjour|hola|buongiorno|olá|hej|hei|dobrý den|dzień dobry|guten tag|"
    r"good (?:morning|afternoon|day)|sehr geehrte)\b[^\n]{0,60}\n\s{0,20})?(?:many )?(?:thank(?:s| you)|danke|"
    r"vielen dank|merci|gracias|grazie|obrigad|bedankt|dank|tack|tak for|takk|kiitos|dziękuj|děkuj|köszön|"
    r"спасибо|diolch)"
)

RECALL_SUBJECT = re.compile(
    r"\s*(?:recall|message recall \w{1,10}|rückruf|rappel|recuperar|retirada|richiamo|intrekken|återkalla|tilbagekald|"
    r"tilbakekall|odwołanie|отзыв)\s?(?::|of message)"
)
RECALL = re.compile(alternatives(r"""
    would like to recall the message|message recall|(?:wants|asked) to recall|möchte die nachricht
    hoffte, die nachricht|souhaite (?:annuler|rappeler) le message|desea (?:recuperar|retirar) el mensaje
    desidera richiamare il messaggio|wil het bericht|gostaria de recuperar|vill återkalla|ønsker at tilbagekalde
    ønsker å tilbakekalle
"""))  # fmt: skip

READ_SUBJECT = re.compile(
    r"\s*(?:(?:not )?read|delivered|relayed|(?:un)?gelesen(?: gelöscht)?|(?:non )?lu|(?:no )?leído|(?:non )?letto|"
    r"(?:não )?lida|(?:on)?gelezen|(?:o)?läst|(?:u)?læst|(?:u)?lest|luettu|przeczytano|přečteno|прочитано|"
    r"开封|已读|已讀|開封済み|return receipt|read receipt|lesebestätigung|confirmation de lecture|conferma di lettura)"
    r"(?: receipt)?\s?(?:[:：]|\(displayed\))"
)
READ = re.compile(alternatives(r"""
    (?:was|were|has been|wurde|a été|è stat[oa]|fue|foi|is|blev|ble|został\w?|byla?|было)\b[^\n]{0,80}?
        (?:read|displayed|deleted without|gelesen|lue?\b|leíd|lett[oa]|lid[oa]|gelezen|läst|læst|lest|przeczyt|přečten|
        прочит)
    return receipt for the|receipt for the mail|this receipt (?:verifies|only acknowledges|shows)|lästes|luettiin
    delivered to the (?:recipient|following)
"""))  # fmt: skip
OUR_MAIL = re.compile(alternatives(r"""
    \b(?:your|the) (?:\S{1,12} )?(?:message|e-?mail|mail)\b|ihre (?:nachricht|e-?mail)|(?:votre|le) message
    (?:su|el) mensaje|il (?:suo |tuo )?messaggio|(?:sua|a) mensagem|uw bericht|ditt? meddelande
    (?:din|deres) (?:meddelelse|melding)|viestisi|wiadomość|zpráv|сообщени|receipt for
"""))  # fmt: skip

_KEPT = (
    r"(?:is being |has been |was |will be |is )(?:held|quarantined|blocked|queued|withheld|put on hold|"
    r"delivered (?:once|as soon as|when|after|only)|not (?:yet )?(?:been )?delivered)"
)
KEPT = re.compile(_KEPT)
"""What is said of a mail that waits for its sender to do something: looked for first, since `HELD` goes far."""
HELD = re.compile(
    rf"(?:(?:your|this) (?:e-?mail|message)|message you sent|mail you sent)[^\n]{{0,120}}\s?[^\n]{{0,120}}?{_KEPT}"
)
PROVE = re.compile(alternatives(r"""
    (?:reply to this|click|visit|follow|press|open|use)[^\n]{0,120}\s?[^\n]{0,80}?
        (?:confirm|verif|prove|link|release|deliver|human|request|approve|whitelist|allowed)
    confirm (?:that )?(?:you(?:r| are| sent)|this|the)|allowed senders? list
    (?:verify|prove)[^\n]{0,40}(?:human|real person|not a (?:robot|spammer)|you are|yourself)
"""))  # fmt: skip
CHALLENGE = re.compile(
    r"confirm|verif|challenge|whitelist|approv|authenticat|action required|please respond|permission|held|"
    r"\[\S{0,20}spam"
)

TICKET_NUMBER = re.compile(
    r"(?:\[|\b)(?:ticket|case|request|reference|ref|incident|enquiry|inquiry|issue|job|call|query|complaint|log|id)s?"
    r"(?: (?:number|no|id|ref|reference)\b)?\.?\s?(?:is|:|#|=|-)?[\s:#]{0,3}[a-z]{0,8}[-/ ]?\d{2,}|"
    r"\[#?[a-z]{0,10}[-# ]?\d{3,}\]|##[- ]"
)
TICKET = re.compile(alternatives(r"""
    (?:has|have|was|is|been) (?:been )?(?:\S{1,12} )?
        (?:received|created|logged|opened|registered|assigned|raised|submitted|allocated)
    we (?:have |.ve )?received your|acknowledg
    thank you for (?:contacting|your (?:e-?mail|message|enquiry|inquiry|request|report))
"""))  # fmt: skip
UNATTENDED = re.compile(alternatives(r"""
    automat|do[ -]not[ -]reply|unmonitored|not monitored|unattended|no-?reply|please (?:do not|don.t) (?:reply|respond)
    type your reply above|reply above this line|please type your|when replying|quote (?:this|the|your)
"""))  # fmt: skip
