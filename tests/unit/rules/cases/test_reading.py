import pytest

from mailroom.errors import Problems
from mailroom.rules.cases import (
    Check,
    GoTo,
    Guard,
    HandTo,
    HideFrom,
    Hold,
    LegalHold,
    Moment,
    OnCommand,
    OnTime,
    Open,
    Read,
    Record,
    Send,
    Set,
    Target,
    Tell,
)
from tests.unit.rules.cases.conftest import HEAD, examples, made, office

pytestmark = pytest.mark.fast

ASKED = "Stage: asked\n{}\nWhen command: CLOSE, from coordinator\nThen go to: closed\n"
CAME = "Stage: asked\nWhen message: concern from any member\n{}\nThen go to: closed\n"


def entering(*lines: str):
    """Read lines that are done on entry."""
    return made(ASKED.format("\n".join(lines))).stages[0].entering


def coming(*lines: str):
    """Read lines that are done when a member writes."""
    return made(CAME.format("\n".join(lines))).stages[0].whens[0].then[:-1]


def waiting(line: str):
    """Read one `When` line."""
    return made(f"Stage: asked\n{line}\nThen go to: closed\n").stages[0].whens[0].trigger


def test_the_three_examples_are_read_and_proved_as_they_stand():
    cases = examples()

    assert set(cases) == {"concern", "gold", "incident", "observation"}
    note = cases["gold"].stages[0].whens[0].then[0]
    assert isinstance(note, Hold)
    assert note.to == (Target("group", "called", of_linked=True),)
    assert cases["incident"].verbs == {"release", "not needed"}
    assert cases["incident"].unfit == (("restricted", "wait"), ("left", "cancel"))
    assert [one.name for one in cases["observation"].stages][-2:] == ["took_place", "feedback_in"]
    assert isinstance(cases["observation"].stages[0].entering[0], Guard)
    assert len(cases["observation"].stages[0].entering[0].checks) == 6


def test_two_stages_under_one_line_do_the_same():
    one, two = examples()["incident"].stages[1:3]

    assert (one.name, two.name) == ("triaged", "brief_draft")
    assert (one.whens, one.entering) == (two.whens, two.entering)


def test_every_way_to_send_is_read():
    (sent,) = coming(
        "Then send: incident/relay to requester; chief inspector, once each, without name, any hour, if place"
    )
    assert isinstance(sent, Send)
    assert [one.kind for one in sent.to] == ["requester", "role"]
    assert (sent.once_each, sent.without_name, sent.hours) == (True, True, "any")
    assert (sent.condition and sent.condition.fact) == "place"


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("requester", Target("requester")),
        ("chief inspector", Target("role", "chief_inspector")),
        ("the called", Target("group", "called")),
        ("called", Target("group", "called")),
        ("called who are silent", Target("group", "called", only="silent")),
        ("called who answered", Target("group", "called", only="answered")),
        ("host", Target("group", "host")),
        ("Health and Safety", Target("role", "health_and_safety")),
    ],
)
def test_each_reader_of_a_mail_is_known_by_name(written: str, target: Target):
    (sent,) = entering(f"Then send: incident/call to {written}")

    assert isinstance(sent, Send)
    assert sent.to == (target,)


def test_a_group_of_the_case_stands_before_a_role_of_the_same_name():
    (sent,) = entering("Then send: incident/call to host")

    assert isinstance(sent, Send)
    assert sent.to == (Target("group", "host"),)


def test_a_comma_between_people_is_taken_for_the_semicolon_it_should_be():
    (sent,) = entering("Then send: incident/alert to coordinator, cover, any hour")

    assert isinstance(sent, Send)
    assert [one.name for one in sent.to] == ["coordinator", "cover"]


def test_a_draft_is_held_under_a_name_for_somebody():
    (held,) = entering(
        "Then hold: the summary, incident/summary to requester, for coordinator; cover, too late after wanted by"
    )
    assert isinstance(held, Hold)
    assert (held.name, held.for_, held.expires) == (
        "the summary", ("coordinator", "cover"), Moment("fact", "wanted by", 0, "minutes"),
    )  # fmt: skip


def test_somebody_is_told_at_once_and_what_to_do():
    (told,) = entering("Then tell: cover; chief inspector, straight away, to phone them, and to say so, if no place")

    assert isinstance(told, Tell)
    assert (told.roles, told.hours, told.words) == (("cover", "chief_inspector"), "any", "phone them, and to say so")
    assert told.condition is not None
    assert told.condition.negated


@pytest.mark.parametrize(
    ("written", "moment", "words"),
    [
        ("wanted by = 10 working days from now", Moment("now", "", 10, "working_days"), ""),
        ("wanted by = 1 month from now", Moment("now", "", 1, "months"), ""),
        ("wanted by = 72 hours from now", Moment("now", "", 72, "hours"), ""),
        ("wanted by = 2 days after day", Moment("fact", "day", 2, "days"), ""),
        ("note = Left with the host", None, "Left with the host"),
        ("level = low", None, "low"),
    ],
)
def test_a_fact_is_set_to_a_time_or_to_words(written: str, moment: Moment | None, words: str):
    (done,) = entering(f"Then set: {written}")

    assert isinstance(done, Set)
    assert (done.moment, done.words) == (moment, words)


def test_a_fact_is_set_from_a_field_of_the_form_at_hand():
    body = "Stage: a\nWhen command: RELEASE with form brief, from coordinator\nThen set: ends = form reply by\n"
    done = made(f"{body}Then go to: closed\n").stages[0].whens[0].then[0]

    assert isinstance(done, Set)
    assert (done.fact, done.field) == ("ends", "reply by")


def test_what_else_is_done_is_read():
    done = coming(
        "Read: level, low medium or high; points, numbered lines",
        "Then record: advice, apart",
        "Then open: concern, as a child",
        "Then hand to: chief inspector",
        "Then hide from: coordinator",
        "Then freeze: everything of the requester",
        "Then freeze: the case, if critical is yes",
    )
    assert [type(one) for one in done] == [Read, Record, Open, HandTo, HideFrom, LegalHold, LegalHold]
    assert isinstance(done[0], Read)
    assert [one.choices for one in done[0].wanted] == [("low", "medium", "high"), ()]
    assert isinstance(done[2], Open)
    assert done[2].child


@pytest.mark.parametrize(
    ("line", "trigger"),
    [
        ("2 hours after entry, any hour", OnTime(Moment("entry", "", 2, "hours"), "any")),
        ("wanted by", OnTime(Moment("fact", "wanted by", 0, "minutes"))),
        ("day ends", OnTime(Moment("fact_ends", "day", 0, "minutes"))),
        ("half way to wanted by, if 6 hours or more", OnTime(Moment("half_way", "wanted by", 0, "minutes"), "", 360)),
        ("5 working days before day", OnTime(Moment("fact", "day", -5, "working_days"))),
        ("1 week after day ends, not in quiet hours", OnTime(Moment("fact_ends", "day", 1, "weeks"), "not_quiet")),
    ],
)
def test_each_kind_of_moment_is_read(line: str, trigger: OnTime):
    assert waiting(f"When time: {line}") == trigger


def test_a_command_names_verbs_roles_and_what_must_stand_beside_it():
    one = waiting("When command: Not needed; decline with reason, from coordinator; chief inspector")

    assert isinstance(one, OnCommand)
    assert (one.verbs, one.reason, one.form) == (("not needed", "decline"), True, "")
    assert [group.value for group in one.from_.groups] == ["coordinator", "chief_inspector"]


def test_a_role_may_leave_out_who_is_also_another():
    one = waiting("When command: AUTHORISE, from authoriser who is not host")

    assert isinstance(one, OnCommand)
    assert one.from_.not_ == (Target("group", "host"),)


def test_chasing_counts_each_moment_from_the_one_before():
    body = (
        "Stage: a\nChase: incident/feedback-owed to requester, at wanted by; 5 working days after; 5 working days "
        "after\nChase: task to coordinator, every 10 minutes, any hour\n"
        "Chase: digest line to chief inspector, 1 day after entry\n"
    )
    first, second, third = made(body).stages[0].chases

    assert [one.amount for one in first.moments] == [0, 5, 10]
    assert (second.task, second.hours, second.every) == (True, "any", Moment("entry", "", 10, "minutes"))
    assert (third.digest, third.to) == (True, (Target("role", "chief_inspector"),))


def test_a_check_may_be_turned_round_and_ask_for_a_group():
    (guard,) = entering("If requester: not on leave; called; vetted on day", "Otherwise go to: withdrawn")

    assert isinstance(guard, Guard)
    assert [(one.name, one.about, one.negated) for one in guard.checks] == [
        ("on leave", "", True), ("in group", "called", False), ("vetted on", "day", False),
    ]  # fmt: skip
    assert guard.otherwise == (GoTo("withdrawn", guard.otherwise[0].at),)


def test_a_fact_of_the_case_can_be_asked_for():
    (guard,) = entering("If case: level is low; place known", "Otherwise go to: withdrawn")

    assert isinstance(guard, Guard)
    assert [(one.name, one.about, one.value) for one in guard.checks] == [
        ("is", "level", "low"),
        ("known", "place", ""),
    ]


def test_the_ways_a_case_is_opened():
    head = HEAD.replace(
        "Final:", "Opens on: inc.request from any officer; any desk; command START hate crime day from coordinator; "
        "another case\nFinal:",
    )  # fmt: skip
    one, two, three = made("Stage: a\n", head).opens_on

    assert (one.class_, [group.value for group in one.from_.groups]) == ("inc.request", ["officer", "desk"])
    assert (two.command, two.words, [group.value for group in two.from_.groups]) == (
        "start", "hate crime day", ["coordinator"],
    )  # fmt: skip
    assert three.by_case


def test_groups_of_groups_txt_are_used_by_name_or_by_a_line():
    case = HEAD.replace("Group called: members who are active; not recused for place", "Group called: as in groups")
    files = {"worry": case + "Stage: a\nThen send: incident/call to called; everybody\n"}
    text = b"Group: called\nWho: members who are active; no interest in place\n"
    text += b"Group: everybody\nWho: members who are active\n"
    found = office({"rules/groups.txt": text}, **files).cases["worry"]

    assert [(one.name, one.source) for one in found.groups] == [
        ("host", "role_of"), ("called", "listed"), ("everybody", "listed"),
    ]  # fmt: skip


def test_a_group_of_groups_txt_asks_for_facts_that_the_case_must_know():
    files = {"worry": HEAD + "Stage: a\nThen send: incident/call to neighbours\n"}
    groups = b"Group: neighbours\nWho: members who are active; no interest in station\n"
    with pytest.raises(Problems, match=r"groups\.txt asks for “station”, and no line here reads or sets it"):
        office({"rules/groups.txt": groups}, **files)


def test_the_office_knows_which_commands_its_processes_wait_for():
    files = {"worry": HEAD + "Stage: a\nWhen command: PARK, from cover; host\nThen go to: closed\n"}
    roles = b"Role: night desk\nMeans: sits up\nMay: PARK; NOTE\n"
    found = office({"rules/roles.txt": roles}, **files)

    assert found.verbs == {
        "park": frozenset({"cover", "observation_host", "night_desk"}), "note": frozenset({"night_desk"}),
    }  # fmt: skip
    assert found.roles["night_desk"].means == "sits up"


def test_health_words_kept_apart_are_read_by_themselves():
    head = HEAD.replace("Final:", "Keep apart: health words, for health_and_safety only\nFinal:")
    case = made("Stage: a\nThen send: observation/health-note to health_and_safety, if health words\n", head)

    assert [(one.fact, one.role) for one in case.apart] == [("health words", "health_and_safety")]
    assert office(worry=head + "Stage: a\n").cases["worry"].deadline is not None


def test_a_check_is_a_value_that_can_be_compared():
    assert Check("vetted on", "day", written="x") != Check("vetted on", "day", negated=True, written="x")
