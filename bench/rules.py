"""Sorting: 500 rules asked of one message, beside one pass of a compiled regular expression over the same text.

The mail is that of tests/messages. The rules are the shipped ones and as many more, invented in their manner: pairs of
words that stand in the mail, some of them side by side. The regular expression is made of all their phrases at once
and is searched for in the subject and the new text, once. Reading and storing the message are no part of either.
Taken in turns; the quickest turn of each counts, in CPU time.
"""

import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from mailroom.message import Message, read
from mailroom.rules import ROLES, RuleSet, decide, load
from mailroom.rules.model import Facts, Sender

ROOT = Path(__file__).parents[1]
NOW = datetime(2031, 3, 10, 10, 15, tzinfo=UTC)
LIMIT = 1000
"""Microseconds a message may take."""

GROUPS = ("any member", "any officer; any desk", "any partner", "stranger; any public", "anyone", "known person")
STANDS, EXCEPTED = 0.05, 0.5
"""How many phrases stand in some mail as they are, and how many rules have an exception."""
EXCEPTIONS = (
    "message is: reply to a newsletter",
    "reference: HCD; OBS",
    "class so far: concern; media",
    "flag: access",
)


def main(rules: int, seed: int, rounds: int) -> int:
    """Print the figures; return 1 where the median message takes over a millisecond."""
    mail = [read(path.read_bytes()) for path in sorted((ROOT / "tests" / "messages").glob("*.eml"))]
    made = enlarged(rules, mail, random.Random(seed))
    everything = expression(made)
    facts = [Facts(sender, NOW) for sender in senders()]
    asked: dict[str, Callable[[Message, int], object]] = {
        f"{len(made.rules)} rules": lambda message, number: decide(made, message, facts[number % len(facts)]),
        "one regular expression": lambda message, _: everything.findall(f"{message.subject}\n{message.new_text}"),
    }
    words = statistics.median(len(message.new_text.split()) for message in mail)
    print(f"{len(mail)} messages, {words:.0f} words in the middle one; rules of seed {seed}")
    best: dict[str, list[float]] = {name: [float("inf")] * len(mail) for name in asked}
    for _ in range(rounds):
        for name, how in asked.items():
            best[name] = list(map(min, best[name], timed(how, mail)))
    for name, each in best.items():
        middle, worst = statistics.median(each), statistics.quantiles(each, n=100)[-1]
        print(f"  {name:26}{middle:8.0f} us a message, {worst:.0f} us for one in a hundred")
    ours, theirs = (statistics.median(each) for each in best.values())
    print(f"  time against the regular expression {ours / theirs:8.2f}   (aim: at most {LIMIT} us)")
    return int(ours > LIMIT)


def enlarged(count: int, mail: Sequence[Message], chance: random.Random) -> RuleSet:
    """Return the shipped rules with enough invented ones below them to make `count`."""
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "rules").rglob("*.txt")}
    templates = [
        path.relative_to(ROOT / "templates").with_suffix("").as_posix() for path in (ROOT / "templates").rglob("*.md")
    ]
    shipped = len(load(files, templates, ROLES).rules)
    sentences = [re.findall(r"\w+", line) for one in mail for line in one.new_text.split("\n")]
    sentences = [words for words in sentences if len(words) > 1]
    blocks = [invented_rule(number, sentences, chance) for number in range(count - shipped)]
    return load(files | {"rules/sorting/05-invented.txt": "\n".join(blocks).encode()}, templates, ROLES)


def invented_rule(number: int, sentences: Sequence[list[str]], chance: random.Random) -> str:
    """Write a rule of two or three lines about words that stand in the mail, and others that do not."""
    phrases = []
    for _ in range(chance.randint(4, 16)):
        words, others = chance.choice(sentences), chance.choice(sentences)
        at = chance.randrange(len(words) - 1)
        apart = (words[at], chance.choice(others))
        phrases.append(" ".join(words[at : at + 2] if chance.random() < STANDS else apart))
    lines = [f"Rule: Invented {number}", f"If from: {chance.choice(GROUPS)}"]
    lines.append(f"If subject or text contains: {'; '.join(phrases)}")
    if chance.random() < EXCEPTED:
        lines.append(f"Unless {chance.choice(EXCEPTIONS)}")
    return "\n".join([*lines, "Then class: partner", "Then tell: coordinator", ""])


def expression(made: RuleSet) -> re.Pattern[str]:
    """Return all the phrases of a set as one regular expression, longest first."""
    phrases = {
        one.text.strip()
        for rule in made.rules
        for line in rule.conditions
        for one in line.phrases.all
        if one.gaps is None
    }
    either = "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))
    return re.compile(rf"\b(?:{either})\b", re.IGNORECASE)


def senders() -> list[Sender]:
    """Return one sender of each kind."""
    kinds = ("member", "officer", "desk", "partner", "public", "")
    return [
        Sender(
            f"{kind or 'nobody'}@example.org",
            "Somebody",
            kind and f"P{n}",
            kind,
            (),
            "verified" if kind else "stranger",
        )
        for n, kind in enumerate(kinds)
    ]


def timed(how: Callable[[Message, int], object], mail: Sequence[Message]) -> list[float]:
    """Return the CPU microseconds that each message takes."""
    each = []
    for number, message in enumerate(mail):
        begun = time.process_time_ns()
        how(message, number)
        each.append((time.process_time_ns() - begun) / 1000)
    return each
