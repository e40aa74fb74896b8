"""Whatever a person does to a process file, it is read as a whole or refused in sentences; whatever happens to a case,
its file has an answer.
"""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.errors import Problems
from mailroom.rules.cases import (
    ANY,
    At,
    CaseFile,
    CaseReached,
    Commanded,
    Decided,
    Entered,
    Event,
    Flagged,
    FormCame,
    GoTo,
    MessageLinked,
    OnApproved,
    OnCommand,
    OnFlag,
    OnForm,
    OnMessage,
    TimeCame,
    Unforeseen,
    step,
    timers,
)
from mailroom.rules.cases.graph import blocks, moves
from mailroom.rules.forms import Filled
from mailroom.rules.vocabulary import CLASSES, FLAGS
from tests.unit.rules.cases.conftest import EXAMPLES, Known, examples, member, office, role

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.txt"))}
WORDS = [
    "requester", "called", "host", "sender", "any hour", "once each", "if place", "if no place", "Stage: any", "Then",
    "Otherwise go to: closed", "If requester: active", "When time: window ends", "2 hours after entry", "from", "to",
    "every 10 minutes", "Chase", "Read: place, a place", ", ", "; ", ":", "=", "half way to", "the linked case",
    "with form brief", "Group called: as in groups", "Final: closed", "Then set: due = 1 month from now", "", "\t",
]  # fmt: skip
LARGE = settings(max_examples=120, deadline=None)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """Return an example with a few lines lost, doubled, swapped, or with other words in them."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    lines = TEXTS[name].splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 6)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] += draw(st.sampled_from(WORDS))
            case 4:
                words = lines[at].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS))
                lines[at] = " ".join(words)
            case 5:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(st.text(max_size=3)) + lines[at][cut + 1 :]
            case _:
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        lines = lines or [""]
    return name, "\n".join(lines)


@LARGE
@given(mutated())
def test_a_changed_process_is_proved_or_refused_in_sentences_with_their_line(change: tuple[str, str]):
    name, text = change
    try:
        found = office(**{**TEXTS, name: text}).cases[name]
    except Problems as refused:
        rows = text.count("\n") + 1
        for one in refused.problems:
            assert one.text.strip()
            assert one.text == one.text.strip()
            assert "{" not in one.text
            of_whole = any(word in one.text for word in ("missing", "at least one stage", "plain text", "reference"))
            assert one.line or of_whole or "isn't" in one.text, one
            assert one.line <= max(rows, 70)
        return
    stages = {one.name for one in found.stages} | set(found.final)
    for block in blocks(found):
        assert {one.stage for one in moves(block)} <= stages
        assert block.name == ANY or timers(found, block.name) or block.name in found.final or block.entering


def _events(case_file: CaseFile, dice: random.Random) -> Iterator[Event]:
    """Make up what may happen: half of it what the file waits for."""
    triggers = [when.trigger for block in blocks(case_file) for when in block.whens]
    people = [
        member(*case_file.groups and [one.name for one in case_file.groups]), member(is_requester=True), member(),
        *(role(name) for name in ("coordinator", "cover", "chief_inspector", "authoriser", "health_and_safety")),
    ]  # fmt: skip
    while True:
        who = dice.choice(people)
        wanted = dice.choice(triggers) if dice.random() < 0.7 else None
        match wanted:
            case OnMessage():
                yield MessageLinked(wanted.class_, who, says=dice.choice(("", "yes", "no")))
            case OnCommand():
                yield Commanded(dice.choice(wanted.verbs), who, dice.choice((None, Filled({}, ()))), "Because.")
            case OnForm():
                yield FormCame(wanted.form, who, Filled({}, ()))
            case OnFlag():
                yield Flagged(wanted.flag, who)
            case OnApproved():
                yield Decided(wanted.name, refused=wanted.refused)
            case None:
                others: list[Event] = [
                    MessageLinked(dice.choice(list(CLASSES)), who), Flagged(dice.choice(list(FLAGS)), who),
                    CaseReached("gold", "agreed"), TimeCame(At("nowhere", 1)), Commanded("sing", who),
                ]  # fmt: skip
                yield dice.choice(others)
            case _:
                yield TimeCame(At("nowhere", 1))


@pytest.mark.parametrize("name", sorted(TEXTS))
@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_a_case_is_in_a_stage_that_waits_or_is_final(name: str, seed: int):
    case_file, dice = examples()[name], random.Random(seed)
    stage, events = case_file.first, _events(case_file, dice)
    queue: list[Event] = [Entered()]
    for _ in range(60):
        clocks = [TimeCame(one.at) for one in timers(case_file, stage)]
        event = queue.pop() if queue else dice.choice([next(events), *clocks])
        facts = Known(failing=("active", "inducted") if dice.random() < 0.3 else ())
        found = step(case_file, stage, event, facts)
        assert all(effect.at.line > 0 or isinstance(effect, Unforeseen) for effect in found.effects)
        left = [one for one in found.effects if isinstance(one, GoTo)]
        assert left == list(found.effects[-1:]) or not left, "a move ends its list"
        if left:
            stage = left[0].stage
            queue = [Entered()]
        elif not queue and stage not in case_file.final:
            assert timers(case_file, stage), f"nothing would ever look at {stage} again"
