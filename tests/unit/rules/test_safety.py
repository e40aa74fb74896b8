from dataclasses import replace

import pytest

from mailroom.message.model import Authentication, Forward
from tests.unit.rules.conftest import facts, message, somebody

pytestmark = pytest.mark.fast

ANY = "Rule: Any\nIf from: anyone\nThen class: noise\nThen reply with: incident/received\nStop\n"
CASE = (
    "Case: Danger\nReference: SAFE\nOwner: coordinator\nFinal: closed\n"
    "If nothing happens: task to coordinator, 1 working day after entry\n"
    "Stage: red\nThen send: danger/answer to requester, any hour\n"
)


def verbs(decision) -> list[tuple[str, str]]:
    return [(action.verb, action.values[0]) for action in decision.actions]


@pytest.mark.parametrize(
    "text", ["theres a man following me", "I want to die.", "PLEASE SEND SOMEONE!!", "a lad with a knife at the gate"]
)
def test_a_cry_is_danger_whoever_writes_and_whatever_a_rule_says(decided, text):
    decision = decided(ANY, message(text), facts(somebody()), cases__danger=CASE)

    assert (decision.class_, decision.flags, decision.priority.n) == ("danger", ("danger",), 1)
    assert ("open", "danger") in verbs(decision)
    assert decision.priority.words == "danger: a person may be at risk"


def test_without_a_case_file_the_answer_and_the_alert_still_go(decided):
    decision = decided(ANY, message("he is following me"), facts(somebody()))

    assert ("reply with", "danger/answer") in verbs(decision)
    assert ("tell", "coordinator") in verbs(decision)


@pytest.mark.parametrize(
    "one",
    [
        message("If someone is following me on page two, it reads badly."),
        message("Exercise exercise: a man is following me"),
        replace(message("Thanks"), text="Thanks\n> a man is following me"),
        message("a man is following me", kind="automatic", silence="a machine wrote this"),
        message("Bulletin: please send someone", kind="list"),
    ],
)
def test_advice_drills_quotations_and_robots_are_no_cry(decided, one):
    assert decided(ANY, one).flags == ()


def test_an_officers_report_of_a_knife_is_no_cry_but_their_own_despair_is(decided):
    officer = facts(somebody("officer"))

    assert decided(ANY, message("A man with a knife was arrested"), officer).flags == ()
    assert decided(ANY, message("I want to die"), officer).flags == ("danger",)


def test_self_harm_is_heard_whatever_else_the_sentence_says(decided):
    assert decided(ANY, message("if someone is reading this I want to die")).flags == ("danger",)


@pytest.mark.parametrize(
    "sender",
    [
        somebody(impostor_of="beatrix", impostor_kind="officer"),
        somebody(lookalike_of="btp.example.org"),
    ],
)
def test_a_forgery_of_our_own_is_set_apart_told_and_never_answered(decided, sender):
    decision = decided(ANY, message("send the list"), facts(sender))

    assert decision.class_ == "suspect"
    assert decision.quarantine
    assert decision.silence
    assert ("reply with", "incident/received") not in verbs(decision)
    assert [action.values for action in decision.actions if action.verb == "tell"] == [
        ("coordinator", "security", "notice/suspect")
    ]


def test_an_officers_address_our_own_server_denies_is_a_forgery(decided):
    denied = replace(message("hello"), authentication=Authentication("fail"))

    assert decided(ANY, denied, facts(somebody("officer", trust="claimed"))).class_ == "suspect"
    assert decided(ANY, denied, facts(somebody("member", trust="claimed"))).class_ == "noise"


def test_a_members_name_on_an_unknown_address_is_sorted_but_gets_no_mail_save_in_danger(decided):
    namesake = facts(somebody(impostor_of="M01", impostor_kind="member"))

    sorted_ = decided(ANY, message("my new address"), namesake)
    assert (sorted_.class_, sorted_.quarantine) == ("noise", "")
    assert ("reply with", "incident/received") not in verbs(sorted_)

    assert ("reply with", "danger/answer") in verbs(decided(ANY, message("he is following me"), namesake))


def test_a_marking_above_ours_is_set_apart(decided):
    assert decided(ANY, message("x", marking="TOP SECRET"), facts(somebody("officer"))).class_ == "suspect"
    assert decided(ANY, message("x", marking="OFFICIAL-SENSITIVE"), facts(somebody("officer"))).class_ == "noise"


def test_danger_in_a_forged_mail_is_answered_and_read_at_once(decided):
    decision = decided(ANY, message("I want to die"), facts(somebody(lookalike_of="btp.example.org")))

    assert (decision.class_, decision.quarantine) == ("danger", "")


@pytest.mark.parametrize(
    ("text", "flagged"), [("ring 07700 900461", True), ("on +44 1632 960771", True), ("at 0915 on 12/03/2031", False)]
)
def test_telephone_numbers_of_strangers_in_a_forward_are_flagged(decided, text, flagged):
    one = message("see below", forward=Forward("A", "", "", text))

    assert (("third_party_pii",) if flagged else ()) == decided(ANY, one).flags


def test_an_officer_who_copies_in_two_members_raises_a_breach_and_a_member_does_not(decided):
    assert decided(ANY, message(), facts(somebody("officer"), cc_members=("M01", "M02"))).flags == ("breach",)
    assert decided(ANY, message(), facts(somebody("officer"), cc_members=("M01",))).flags == ()
    assert decided(ANY, message(), facts(somebody("member"), cc_members=("M01", "M02"))).flags == ()


def test_mail_from_our_own_address_is_not_answered(decided):
    own = facts(somebody(address="iag@btp.example.org"))

    assert decided(ANY, message(), own).silence == "it came from our own address"
