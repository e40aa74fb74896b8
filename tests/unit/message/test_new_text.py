import pytest

from mailroom.message.new_text import new_text

pytestmark = pytest.mark.fast


def test_a_quotation_and_its_attribution_are_not_new():
    text = (
        "Yes, I can come.\n\nAda\n\nOn Mon, 4 Jan 2027 at 09:00, IAG <iag@example.org> wrote:\n> Can you come?\n> Rowan"
    )

    assert new_text(text, "Re: Meeting") == "Yes, I can come.\n\nAda"


def test_an_attribution_wrapped_over_three_lines_is_recognised():
    text = "Yes.\n\nOn Mon, 4 Jan 2027 at 09:00, The Advisory Group\n<iag@example.org>\nwrote:\n\n> Can you come?"

    assert new_text(text, "Re: Meeting") == "Yes."


def test_answers_between_quoted_lines_survive():
    text = (
        "On 4 Jan 2027 at 09:00, IAG <iag@example.org> wrote:\n> Which date?\nThe second.\n> Which place?\nKingsmead.\n"
    )

    assert new_text(text, "Re: Dates") == "The second.\nKingsmead."


def test_outlooks_header_block_ends_the_new_text():
    text = (
        "Fine by me.\n\n________________________________\nFrom: Rowan <iag@example.org>\nSent: 04 January 2027 09:00\n"
        "To: Ada\nSubject: Draft\n\nPlease read."
    )

    assert new_text(text, "RE: Draft") == "Fine by me."


def test_a_persons_own_list_with_from_and_to_is_kept():
    text = "A journey I made:\nFrom: Kingsmead\nTo: Ashlock\nDate: 3 March\nNobody helped me."

    assert new_text(text, "Complaint") == text


def test_a_sentence_that_starts_like_an_attribution_is_kept():
    text = "On Thursday:\n\nwe met at the stand.\nOn 3 March the members wrote:\nplease mend the lift."

    assert new_text(text, "Notes") == text


def test_of_a_forward_only_the_forwarders_words_are_new():
    text = (
        "Please see below.\n\nLeila\n\n---------- Forwarded message ---------\nFrom: Trustee <t@example.org>\n\nBomb!"
    )

    assert new_text(text, "Fwd: help") == "Please see below.\n\nLeila"


def test_a_forward_without_a_word_has_no_new_text():
    text = (
        "From: Trustee <t@example.org>\nSent: 13 January 2027 08:12\nTo: Leila\nSubject: help\n\nPeople are frightened."
    )

    assert new_text(text, "FW: help") == ""


def test_a_signature_after_two_hyphens_is_dropped():
    assert new_text("Thanks.\n\n-- \nAda Member\nRiverside", "Hello") == "Thanks."


def test_a_long_message_after_a_bare_two_hyphens_is_no_signature():
    text = "Points:\n--\n" + "\n".join(f"point {n}" for n in range(20))

    assert new_text(text, "Points") == text


@pytest.mark.parametrize(
    "line",
    ["Sent from my phone", "Sent from my iPhone", "Sent from Outlook for Android", "Get Outlook for iOS",
     "Envoyé de mon iPhone", "Von meinem iPhone gesendet", "Sent from my work phone", "Sent from Yahoo Mail"],
)  # fmt: skip
def test_the_line_a_phone_adds_is_dropped(line: str):
    assert new_text(f"2 and 3 fine for me x\n\n{line}\n", "Re: Dates") == "2 and 3 fine for me x"


def test_a_sentence_about_where_something_was_sent_from_is_kept():
    assert new_text("Sent from the station at nine, it came at ten.", "Letter") != ""


@pytest.mark.parametrize(
    "line",
    [
        "Le lun. 4 janv. 2027 à 09:00, IAG <iag@example.org> a écrit :",
        "Am 04.01.2027 um 09:00 schrieb IAG <iag@example.org>:",
        "Il giorno lun 4 gen 2027 alle ore 09:00 IAG <iag@example.org> ha scritto:",
        "El lun, 4 ene 2027 a las 9:00, IAG (<iag@example.org>) escribió:",
        "W dniu 4.01.2027 o 09:00, IAG pisze: <iag@example.org> napisał(a):",
        "Ar Llun, 4 Ion 2027 am 09:00, ysgrifennodd IAG <iag@example.org>:",
    ],
)
def test_attributions_in_other_languages_are_recognised(line: str):
    assert new_text(f"Ada\n\n{line}\n> text", "Re: x") == "Ada"
