"""Machines that answer mail without saying so in their headers, and people who sound like them."""

from datetime import date

import pytest

from mailroom.message import Message, read

pytestmark = pytest.mark.fast


def letter(subject: str, text: str, headers: str = "") -> Message:
    return read(
        f"From: Ada Member <ada@example.org>\r\nTo: iag@example.org\r\nSubject: {subject}\r\n"
        f"Date: Mon, 18 Jan 2027 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n{headers}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    )


@pytest.mark.parametrize(
    ("subject", "text", "returns_on"),
    [
        ("Automatische Antwort: Termine", "Ich bin bis 24.01. nicht im Büro.", date(2027, 1, 24)),
        ("Absence du bureau Re: Dates", ("Bonjour,\n\nJe suis absente du bureau jusqu'au 3 février. En cas d'urgence, "
         "veuillez contacter Bob."), date(2027, 2, 3)),
        ("Réponse automatique : Dates", "Je suis absent, de retour le lundi 25 janvier.", date(2027, 1, 25)),
        ("Respuesta automática: Fechas", "Estaré fuera de la oficina hasta el 3 de febrero.", date(2027, 2, 3)),
        ("Risposta automatica: Date", "Sono in ferie fino al 3 febbraio.", date(2027, 2, 3)),
        ("Resposta automática: Datas", "Estou de férias até 3 de fevereiro.", date(2027, 2, 3)),
        ("Automatisch antwoord: Data", "Ik ben tot en met 29 januari afwezig, vanaf 1 februari weer bereikbaar.",
         date(2027, 2, 1)),
        ("Automatiskt svar: Datum", "Jag är tillbaka den 3 februari.", date(2027, 2, 3)),
        ("Automatisk svar: Datoer", "Jeg er tilbage d. 3. februar.", date(2027, 2, 3)),
        ("Automaattinen vastaus: Ajat", "Palaan töihin 3.2.2027.", date(2027, 2, 3)),
        ("Automatyczna odpowiedź: Spotkanie", "Jestem na urlopie do 3 lutego.", date(2027, 2, 3)),
        ("Automatická odpověď: Schůzka", "Do 3. 2. 2027 čerpám dovolenou.", date(2027, 2, 3)),
        ("Automatikus válasz: Dátum", "2027. február 3-ig szabadságon vagyok.", date(2027, 2, 3)),
        ("Автоматический ответ: Встреча", "Меня не будет до 3 февраля.", date(2027, 2, 3)),
        ("Otomatik Yanıt: Toplantı", "İzindeyim.", None),
        ("自動返信: Dates", "不在です。2月3日まで休暇をいただいております。", date(2027, 2, 3)),
        ("Ateb awtomatig: IAG", "Rwyf allan o'r swyddfa tan 3 Chwefror.", date(2027, 2, 3)),
        ("AUTO: Ada Member is out of the office (returning 02/03/2027)", "I am away.", date(2027, 3, 2)),
        ("[Auto-Reply] Dates", "Away from 18 to 29 January.", date(2027, 1, 29)),
        ("Re: Dates", ("Thank you for your email. I am out of the office until 25 January with limited access "
         "to email. For urgent matters please contact Bob. I will respond on my return."), date(2027, 1, 25)),
        ("Re: Termine", ("Vielen Dank für Ihre Nachricht. Ich bin bis 24. Januar nicht im Büro. In dringenden Fällen "
         "wenden Sie sich bitte an Bob. Nach meiner Rückkehr melde ich mich."), date(2027, 1, 24)),
        ("Dates", "This is an automated reply. I am away until 2027-02-03.", date(2027, 2, 3)),
    ],
)  # fmt: skip
def test_an_absence_without_headers_is_automatic_and_its_return_is_read(
    subject: str, text: str, returns_on: date | None
):
    message = letter(subject, text)

    assert message.kind == "automatic"
    assert message.silence
    assert message.automatic is not None
    assert message.automatic.returns_on == returns_on


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I'm on leave from Monday 18 January to Friday 29 January, returning Monday, 1st February.", date(2027, 2, 1)),
        ("Thank you for your email of 12 January. I am on leave and will return on February 3rd.", date(2027, 2, 3)),
        ("I will be out starting 18/01/2027 and will not return until 03/02/2027.", date(2027, 2, 3)),
        ("February 3, 2027 I will be back.", date(2027, 2, 3)),
        ("I am out 18/01/2027 - 29/01/2027.", date(2027, 1, 29)),
        ("I will be back on 02/13/2027.", date(2027, 2, 13)),
        ("Back at 10.30.", None),
        ("Ring me on 3 February.", None),
    ],
)  # fmt: skip
def test_the_day_of_return_is_told_from_other_dates(text: str, day: date | None):
    automatic = letter("Automatic reply: Dates", text).automatic

    assert automatic is not None
    assert automatic.returns_on == day


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Confirm your message to Ada", ("Your message is being held because you are not on my allowed senders list. "
         "To release it click the link below to prove you are human: https://x.example.org/")),
        ("[#48213] We have received your request", ("Thank you for contacting us. Your ticket number is 48213. "
         "This mailbox is unmonitored.")),
        ("Re: Dates", "This is an automatic response from the museum. We have received your message."),
        ("Recall: Dates", "Ada Member would like to recall the message, Dates."),
        ("Rückruf: Termine", "Ada Member möchte die Nachricht Termine zurückrufen."),
    ],
)  # fmt: skip
def test_challenges_tickets_and_recalls_are_automatic(subject: str, text: str):
    message = letter(subject, text)

    assert message.kind == "automatic"
    assert message.silence


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Read: Newsletter", ("Your message\n\n   To: Ada\n   Subject: Newsletter\n   Sent: January 18, 2027\n\n"
         " was read on Monday, January 18, 2027 10:00:00 AM.")),
        ("Not read: Newsletter", "Your message\n\nTo: Ada\nSubject: Newsletter\n\nwas deleted without being read."),
        ("Gelesen: Rundbrief", "Ihre Nachricht\n\nAn: Ada\nBetreff: Rundbrief\n\nwurde am 18.01.2027 gelesen."),
    ],
)  # fmt: skip
def test_a_receipt_in_words_is_a_receipt(subject: str, text: str):
    assert letter(subject, text).kind == "receipt"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office next week, sorry", "I am out of office on Friday."),
        ("Re: Automatic reply: Newsletter", "Thanks, I saw it."),
        ("Re: Dates", ("I can come on 4 March. I'm on leave until 1 March with limited access to email; for urgent "
         "matters contact Bob. I will reply when I am back.")),
        ("Leave", "I will be on leave from May for an operation. Take me off calls. I will read the newsletter."),
        ("Read: the terms", "I have read the terms, and they were read by my wife."),
        ("Your report", "Thank you for your email. Your case number is 1234, DC Smith will ring you."),
        ("Recall: the meeting of 3 March", "Do you recall the meeting?"),
        ("Please confirm", "Please confirm that you received my message, it was held up by the lodge."),
        ("On holiday in May", "Is the meeting in May? I am on holiday then. Please contact me by phone, it is urgent."),
        ("Re: Dates", "Your machine wrote: this is an automatic reply. Is anybody there?"),
    ],
)  # fmt: skip
def test_a_person_who_sounds_like_one_stays_a_person(subject: str, text: str):
    message = letter(subject, text)

    assert (message.kind, message.silence) == ("person", "")
