from dataclasses import replace

import pytest

from mailroom.message.model import Attachment, Calendar, Forward
from mailroom.rules.model import OpenCase
from tests.unit.rules.conftest import facts, message, somebody

pytestmark = pytest.mark.fast

RULE = "Rule: One\nIf from: anyone\n{}\nThen class: concern\n"
INCIDENT = OpenCase("INC-2031-001", "incident", "triaged", "Millgate", "P9")


@pytest.mark.parametrize(
    ("line", "one", "known"),
    [
        ("If from: any member; vetting unit", message(), facts()),
        ("If from: vetting unit", message(), facts(somebody("desk", roles=("vetting",)))),
        ("If from: chief inspector", message(), facts(somebody("officer", roles=("chief inspector",)))),
        ("If from: person P1", message(), facts()),
        ("If from: somebody@mail.example.org", message(), facts()),
        ("If from: mail.example.org", message(), facts()),
        ("If from: stranger", message(), facts(somebody())),
        ("If from: any officer", message(), facts(somebody(address="new@btp.example.org"))),
        (
            "If from: recused member",
            message(),
            facts(somebody("member", recused_for=("Millgate",)), open_cases=(INCIDENT,)),
        ),
        ("If trust: verified; claimed", message(), facts()),
        ("If subject contains: RSVP", message(subject="RSVP, yes"), facts()),
        ("If text contains: {worry}", message("so scared"), facts()),
        ("If subject or text starts with: agenda", message(subject="Re: Agenda for June"), facts()),
        ("If text ends with: all the best", message("Bye. All the best"), facts()),
        ("If subject is: apologies", message(subject="Fw: Apologies"), facts()),
        ("If header X-Spam-Flag is: yes", message(headers=(("x-spam-flag", "YES"),)), facts()),
        ("If attachment name ends with: .xlsx", message(attachments=(Attachment("a.xlsx", "x/y", 1, ""),)), facts()),
        ("If attachment: any", message(attachments=(Attachment("", "x/y", 1, ""),)), facts()),
        ("If message is: a bounce; a receipt", message(kind="receipt"), facts()),
        ("If message is: calendar reply", message(calendar=Calendar("REPLY", ())), facts()),
        ("If message is: a forward", message(forward=Forward("", "", "", "")), facts()),
        ("If message is: reply to a newsletter", message(), facts(answers_template="newsletter/issue")),
        ("If message is: a reply to anything of ours", message(), facts(answers_template="meeting/poll")),
        ("If marking: official-sensitive", message(marking="OFFICIAL-SENSITIVE"), facts()),
        ("If open case: incident", message(), facts(open_cases=(INCIDENT,))),
        ("If open case: incident triaged", message(), facts(open_cases=(INCIDENT,))),
        ("If reference: INC", message(), facts(answers_ref="INC-2031-001")),
        ("If class so far: none", message(), facts()),
    ],
)
def test_each_condition_holds_when_it_should_and_not_when_turned_round(decided, line, one, known):
    case = "Case: Incident\nReference: INC\nOwner: coordinator\nFinal: closed\nStage: triaged\nIf nothing happens: x"
    case = case.replace(
        "Stage: triaged\nIf nothing happens: x",
        "If nothing happens: task to coordinator, 1 working day after entry\nStage: triaged",
    )

    assert decided(RULE.format(line), one, known, cases__incident=case).class_ == "concern"
    turned = line.replace("If ", "Unless ", 1)
    assert decided(RULE.format(turned), one, known, cases__incident=case).class_ == ""


def test_only_what_was_newly_written_is_looked_at(decided):
    quoting = replace(message("Lovely"), text="Lovely\n> I am scared")

    assert decided(RULE.format("If text contains: scared"), quoting).class_ == ""


def test_the_subject_of_our_own_mail_is_not_the_answerers_words(decided):
    answer = message("fine", subject="Re: The scared cat and other news")

    assert (
        decided(RULE.format("If subject contains: scared"), answer, facts(answers_template="newsletter/issue")).class_
        == ""
    )
    assert decided(RULE.format("If subject contains: scared"), answer, facts()).class_ == "concern"


def test_the_first_class_stands_unless_a_rule_looks_at_it(decided):
    first = "Rule: A\nIf trust: verified\nThen class: noise\n"
    second = "Rule: B\nIf from: anyone\nIf text contains: hello\nThen class: partner\n"

    assert decided(first + second, message("hello")).class_ == "noise"
    looking = second.replace("If text", "If class so far: noise\nIf text")
    assert decided(first + looking, message("hello")).class_ == "partner"


def test_stop_ends_and_flags_are_seen_below(decided):
    text = (
        "Rule: A\nIf from: anyone\nThen flag: tor\n"
        "Rule: B\nIf flag: tor\nThen class: mtg.papers\nStop\n"
        "Rule: C\nIf trust: verified\nThen flag: scrut\n"
    )
    decision = decided(text, message())

    assert (decision.class_, decision.flags) == ("mtg.papers", ("tor",))


def test_an_action_says_its_rule_file_line_and_words(decided):
    tell = "Then tell: coordinator; cover, straight away with danger/alert"
    action = decided(f"Rule: Worry\nIf subject or text contains: {{worry}}\n{tell}", message("she is uneasy")).actions[
        0
    ]

    assert (action.verb, action.values) == ("tell", ("coordinator", "cover", "danger/alert"))
    assert (
        action.rule,
        action.file,
        action.line,
        action.words,
    ) == ("Worry", "rules/sorting/10-test.txt", 3, ("uneasy",))


def test_a_rule_on_trial_is_only_reported(decided):
    decision = decided(RULE.format("Status: trial") + "Stop\nRule: Two\nIf from: anyone\nThen class: noise", message())

    assert decision.class_ == "noise"
    assert [action.verb for action in decision.trial] == ["class"]


def test_a_rule_that_is_off_does_nothing(decided):
    assert decided(RULE.format("Status: off"), message()).class_ == ""


def test_a_near_miss_names_the_one_line_that_failed_and_suggests_its_class(decided):
    decision = decided(
        "Rule: One\nIf from: any officer\nIf text contains: scared\nThen class: concern", message("scared")
    )

    assert [(miss.line, miss.text) for miss in decision.near_misses] == [(2, "If from: any officer")]
    assert [suggestion.class_ for suggestion in decision.suggestions] == ["concern"]


def test_a_silent_message_is_told_of_but_not_answered(decided):
    text = "Rule: A\nIf from: anyone\nThen reply with: incident/received\nThen tell: coordinator"
    decision = decided(text, message(silence="a list wrote this"))

    assert [action.verb for action in decision.actions] == ["tell"]
    assert decision.silence == "a list wrote this"


def test_a_message_nobody_knows_is_for_a_person_today(decided):
    decision = decided(RULE.format("If text contains: scared"), message("hello"))

    assert (decision.class_, decision.priority.n) == ("", 2)
    assert "a person must look" in decision.priority.words


def test_a_decision_does_not_depend_on_how_often_it_is_made(decided):
    text = RULE.format("If text contains: {worry}")

    assert decided(text, message("scared and uneasy")) == decided(text, message("scared and uneasy"))


def test_an_unknown_officer_must_be_vouched_for_by_our_own_server(decided):
    stranger = facts(somebody(address="new@btp.example.org"))
    unproved = replace(message(), authentication=replace(message().authentication, verdict="none"))

    assert decided(RULE.format("If from: any officer"), unproved, stranger).class_ == ""


def test_a_rule_on_trial_may_stand_behind_the_one_it_is_compared_with(decided):
    same = "Rule: {}\nIf subject or text contains: frightened\nThen class: {}\nStatus: {}\n"
    held = same.format("One", "concern", "on") + same.format("Two", "noise", "trial")
    decision = decided(held, message("We are frightened."))

    assert decision.class_ == "concern"
    assert [action.values for action in decision.trial] == [("noise",)]
