"""New text as real mail programs leave it: their attributions, signatures, notices, and answers in any place."""

import pytest

from mailroom.message.html import to_text
from mailroom.message.new_text import new_text, split

pytestmark = pytest.mark.fast
NOTICE = (
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it "
    "in error, notify the sender and delete it. Any unauthorised disclosure is prohibited."
)


def test_a_reader_is_shown_the_quoted_lines_that_are_answered_and_rules_are_not():
    words = split(
        "Dear all,\n\nOn 4 Jan 2027, IAG <iag@example.org> wrote:\n> Which date?\nThe second.\n> Place?\nHall.\n> Bye",
        "",
    )

    assert words.new == "Dear all,\n\nThe second.\nHall."
    assert words.reply == "Dear all,\n\n> Which date?\nThe second.\n> Place?\nHall."


def test_an_answer_under_the_whole_mail_is_shown_without_it():
    words = split("On 4 Jan 2027 at 09:00, IAG <iag@example.org> wrote:\n> Can you\n> come?\n\nYes.", "Re: x")

    assert (words.new, words.reply) == ("Yes.", "Yes.")


def test_a_message_of_quoted_lines_alone_is_shown_but_says_nothing_itself():
    words = split("> Call the help line.", "")

    assert (words.new, words.reply) == ("", "> Call the help line.")


def test_a_forward_without_a_word_shows_nothing_of_its_own():
    words = split("---------- Forwarded message ---------\nFrom: A <a@example.org>\nSubject: x\n\nHelp!", "Fwd: x")

    assert (words.new, words.reply) == ("", "")


@pytest.mark.parametrize(
    "line",
    [
        "2027-01-04 09:00 GMT+01:00 Ada Member",
        "2027-01-04 9:00 GMT+01:00 IAG <iag@example.org>:",
        "Den mån 4 jan. 2027 kl 09:00 skrev IAG <iag@example.org>:",
        "ma 4. tammik. 2027 klo 9.00 IAG (iag@example.org) kirjoitti:",
        "Op ma 4 jan 2027 om 09:00 schreef IAG <iag@example.org>:",
        "Em seg., 4 de jan. de 2027 às 09:00, IAG <iag@example.org> escreveu:",
        "пн, 4 янв. 2027 г. в 09:00, IAG <iag@example.org>:",
        "po 4. 1. 2027 v 9:00 odesílatel IAG <iag@example.org> napsal:",
        "Στις Δευ 4 Ιαν 2027 στις 9:00 π.μ., ο χρήστης IAG <iag@example.org> έγραψε:",
        "IAG <iag@example.org>, 4 Oca 2027 Pzt, 09:00 tarihinde şunu yazdı:",
        "2027年1月4日(月) 9:00 IAG <iag@example.org>:",
        "IAG <iag@example.org> 于2027年1月4日周一 09:00写道：",
        "בתאריך יום ב׳, 4 בינו׳ 2027 ב-9:00 מאת IAG\u200f <iag@example.org\u200f>:",
        "في الاثنين، 4 يناير 2027 في 9:00 ص تمت كتابة ما يلي بواسطة IAG <iag@example.org>:",
        "---- On Mon, 04 Jan 2027 09:00:00 +0000 IAG <iag@example.org> wrote ----",
        "Ada Member wrote:",
        "Quoting IAG <iag@example.org> 4 Jan 2027:",
    ],
)
def test_the_attributions_of_many_programs_are_recognised(line: str):
    assert new_text(f"Yes.\n\n{line}\n> text", "Re: x") == "Yes."


@pytest.mark.parametrize(
    "lines",
    [
        "Von: IAG <iag@example.org>\nGesendet: Montag, 4. Januar 2027 09:00\nAn: Ada\nBetreff: x",
        "De : IAG <iag@example.org>\nEnvoyé : lundi 4 janvier 2027 09:00\nÀ : Ada\nObjet : x",
        "*From:* IAG <iag@example.org>\n*Sent:* 04 January 2027\n*To:* Ada\n*Subject:* x",
        "Lähettäjä: IAG <iag@example.org>\nLähetetty: maanantai\nVastaanottaja: Ada\nAihe: x",
        "________________________________\nXyzzy: IAG <iag@example.org>\nQuux: 4. 1. 2027\nFoo: Ada\nBar: x",
        "-----Ursprüngliche Nachricht-----",
        "##- Please type your reply above this line -##",
        "-- Reply above this line --",
    ],
)
def test_the_blocks_above_old_mail_end_the_new_text(lines: str):
    assert new_text(f"Fine.\n\n{lines}\n\nOld words.", "Re: x") == "Fine."


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my Samsung Galaxy smartphone.", "Enviado desde mi iPhone", "Inviato da iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone", "Wysłane z iPhone'a", "Odesláno z iPhonu", "Отправлено с iPhone", "Lähetetty iPhonesta",
        "Verstuurd vanaf mijn iPhone", "Envoyé depuis l'application Mail Orange", "iPhoneから送信",
        "从我的 iPhone 发送",
        "Trimis de pe iPhone", "Gesendet von Outlook für Android", "Enviado do meu iPhone", "Get Outlook for Android",
        "[Sent from Yahoo Mail on Android]", "Virus-free. www.avast.com", "iPhone'umdan gönderildi",
    ],
)  # fmt: skip
def test_the_lines_that_programs_add_are_dropped(line: str):
    assert new_text(f"Yes.\n\n{line}", "Re: x") == "Yes."


@pytest.mark.parametrize(
    "notice",
    [
        NOTICE,
        (
            "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Empfänger sind oder diese "
            "E-Mail irrtümlich erhalten haben, informieren Sie bitte den Absender und vernichten Sie diese E-Mail."
        ),
        (
            "Ce message est confidentiel et destiné exclusivement à son destinataire. Si vous l'avez reçu par erreur, "
            "merci de le détruire et d'avertir l'expéditeur."
        ),
        (
            "CAUTION: This email originated from outside of the organisation. Do not click links or open attachments "
            "unless you recognise the sender and know the content is safe."
        ),
    ],
)
def test_legal_notices_and_warnings_are_not_new(notice: str):
    assert new_text(f"I can come.\n\nAda\n\n{notice}", "Re: x") == "I can come.\n\nAda"


@pytest.mark.parametrize(
    "text",
    [
        "This message is confidential. Please do not disclose my name to the recipient, and delete it: I am afraid.",
        f"{NOTICE}",
        "Three points\n---\nMonday at two\nTuesday at three\nCall 020 7946 0000",
        "Sent the form from the station.\nMore tomorrow.",
        "We asked:\nwhat time?\n\nNobody wrote:",
        "Ada said:\nthe lift is broken",
        "It was late.\n\nAt 09:15 on 3 March 2027 the officer wrote:\nmove along",
        "I am sorry.\n\nOn 3 March 2027 at 10:30 I emailed bo@example.org about the following:\nthe lift",
        "Hello.\n\nOn 3 March at 10:30 we heard from bo@example.org, who wrote:\nthe lift is broken",
        "Meet us.\n-----\nContact: bo@example.org\nDate: 3 March 2027\nPlace: Leeds",
        "Dates\n---\nMonday morning\nCall 020 7946 0000",
    ],
)
def test_a_persons_own_words_are_kept_where_they_only_look_like_a_machines(text: str):
    assert new_text(text, "Letter") == text


def test_a_name_and_a_way_to_reach_it_under_a_drawn_line_are_a_signature():
    assert new_text("Yes.\n\n____\nAda Member\nChair\nada@example.org", "Re: x") == "Yes."


def test_a_list_footer_is_dropped():
    footer = "_______________________________________________\nMembers mailing list\nMembers@lists.example.org"

    assert new_text(f"Yes.\n\n{footer}", "Re: x") == "Yes."


def test_what_html_says_about_signatures_and_old_mail_is_heeded():
    gmail = (
        '<div dir="ltr">Yes.<br><div class="gmail_signature"><div>Ada Member</div></div></div>'
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, 4 Jan 2027 at 09:00, IAG &lt;iag@example.org&gt; '
        'wrote:<br></div><blockquote class="gmail_quote"><div>Come?</div></blockquote></div>'
    )
    outlook = (
        "<p class=MsoNormal>Fine.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal>"
        "<b>Xyzzy:</b> IAG &lt;iag@example.org&gt;<br><b>Quux:</b> 4. 1. 2027 9:00<br><b>Foo:</b> Ada<br><b>Bar:</b> x"
        "</p></div></div><p class=MsoNormal>Old words.</p>"
    )

    assert new_text(to_text(gmail), "Re: x") == "Yes."
    assert new_text(to_text(outlook), "Re: x") == "Fine."


def test_answers_between_the_quotations_of_html_survive():
    page = "<blockquote>Which date?</blockquote><div>The second.</div><blockquote>Place?</blockquote><div>Hall.</div>"

    assert new_text(to_text(page), "Re: x").split() == ["The", "second.", "Hall."]
