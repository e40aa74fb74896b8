import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from mailroom.rules.cases.awaited import awaited
from mailroom.rules.cases.drawing import WIDTH, boxes, draw, ends
from mailroom.rules.cases.effects import GoTo
from mailroom.rules.cases.graph import blocks, moves
from mailroom.rules.cases.svg import svg
from tests.unit.rules.cases.conftest import examples, made
from tests.unit.rules.conftest import shipped

SVG = "{http://www.w3.org/2000/svg}"


def test_a_process_is_drawn_as_boxes_with_what_each_waits_for_and_where_it_leads():
    assert draw(examples()["gold"]).splitlines()[4:] == [
        "╭─ asked, begins here ─────────────────────────────────────────────────────────────────────────╮",
        "│ at once                                                                                      │",
        "│     mails incident/gold-asked to chief inspector, coordinator, at any hour                   │",
        "│ AGREED from chief inspector                                                                  │",
        "│     holds “gold note” for coordinator: incident/gold-agreed to called of the linked case     │",
        "│     ──▶ agreed                                                                               │",
        "│ DECLINE with a reason from chief inspector                                                   │",
        "│     holds “gold note” for coordinator: incident/gold-declined to called of the linked case   │",
        "│     ──▶ declined                                                                             │",
        "│ chase: digest line to chief inspector, 1 working day after entry                             │",
        "╰──────────────────────────────────────────────────────────────────────────────────────────────╯",
        "■ agreed, final, from asked",
        "■ declined, final, from asked",
    ]


@pytest.mark.parametrize("name", ["gold", "incident", "observation"])
def test_no_line_of_a_drawing_is_wider_than_the_page_and_every_move_is_on_it(name: str):
    process = examples()[name]
    drawn = draw(process)

    assert {len(row) for row in drawn.splitlines() if row[:1] in "│╭╰" and row} == {WIDTH}
    assert all(len(row) <= WIDTH for row in drawn.splitlines())
    wanted = sorted({(move.at.line, move.stage) for block in blocks(process) for move in moves(block)})
    shown = sorted({(line.line, line.to) for box in boxes(process) for line in box.lines if line.to})
    assert shown == wanted


def test_stages_named_together_are_one_box_and_each_says_where_it_is_reached_from():
    found = {box.names: box for box in boxes(examples()["incident"])}

    assert found[("triaged", "brief_draft")].comes_from == ("received",)
    assert found[("open",)].comes_from == ("triaged or brief_draft",)
    assert ends(examples()["incident"]) == {
        "closed": ("feedback_received",), "no_iag_needed": ("triaged or brief_draft",), "withdrawn": (), "merged": (),
    }  # fmt: skip
    assert ends(examples()["observation"])["cancelled"] == ("confirmed", "any stage")


@pytest.mark.parametrize("name", ["gold", "incident", "observation"])
def test_the_picture_is_sound_and_has_a_way_for_each_move(name: str):
    process = examples()[name]
    picture = ET.fromstring(svg(process))
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])

    for text in picture.iter(f"{SVG}text"):
        assert 0 < float(text.attrib["x"]) < width
        assert 0 < float(text.attrib["y"]) < height
    words = " ".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    assert all(stage.name in words for stage in process.stages)
    ways = [one.attrib["d"] for one in picture.iter(f"{SVG}path") if one.attrib.get("class") == "way"]
    assert len(ways) == len({(line.line, line.to) for box in boxes(process) for line in box.lines if line.to})


def test_no_two_ways_of_a_picture_lie_upon_each_other_unless_they_lead_to_one_stage():
    lanes: dict[str, list[tuple[int, int, int]]] = {}
    for begins, lane, ended in re.findall(r'd="M\d+,(\d+) H(\d+) V(\d+)', svg(examples()["observation"])):
        first, last = sorted((int(begins), int(ended)))
        lanes.setdefault(lane, []).append((first, last, int(ended)))
    assert len(lanes) > 1
    for taken in lanes.values():
        for one, other in pairwise(sorted(taken)):
            assert other[0] > one[1] or one[2] == other[2]


def test_words_of_a_file_can_do_no_harm_in_a_picture():
    process = made("Stage: a\nThen tell: coordinator, to say <script>alert(1)</script> & more\n")

    assert "<script" not in svg(process)
    assert ET.fromstring(svg(process)) is not None


def test_whom_a_case_waits_for_is_said_with_what_they_may_write():
    incident, observation = examples()["incident"], examples()["observation"]

    assert awaited(incident, "triaged") == (
        "coordinator, cover, chief inspector: RELEASE", "coordinator, chief inspector: NOT NEEDED",
    )  # fmt: skip
    assert awaited(incident, "closed_for_advice") == ("approval of “summary”",)
    assert awaited(observation, "form_out") == ("requester: the form agreement",)
    assert awaited(observation, "agreed") == ("host: a message (obs.process)",)
    assert awaited(observation, "cancelled") == ()


def test_every_shipped_process_can_be_drawn():
    for process in shipped().cases.values():
        assert draw(process).startswith(process.title)
        assert ET.fromstring(svg(process)) is not None
        assert all(isinstance(move, GoTo) for block in blocks(process) for move in moves(block))
