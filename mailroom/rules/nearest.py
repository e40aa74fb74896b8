"""Which classes a message nobody knows resembles: up to three, each with the nearest example in words.

A light and local method: every class is the words and word pairs of its examples, weighed by how few classes use
them; who writes, what is answered, which references are named and whether files come along make a class likelier
or less. A rule that failed by a single line speaks for its class too. Nothing is ever done because of it: it
saves a person the looking up.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from mailroom.rules.looks import TEXTUAL
from mailroom.rules.model import Suggestion
from mailroom.rules.ruleset import RuleSet
from mailroom.rules.samples import Habit, Sample, shortened
from mailroom.rules.view import View
from mailroom.rules.who import belongs
from mailroom.rules.words import Folded, fold

MOST_SUGGESTIONS: Final = 3
MOST_WORDS: Final = 400
"""Words of a message that are looked at: what it is about stands at its beginning."""

CLEAR_LEAD: Final = 0.5
"""By how much a class must be ahead of the next for “reads like”: scores of most messages lie between -2 and 8."""

MOST_PASSED_ON: Final = 2000
MOST_FILES: Final = 5

_SMOOTHING = 0.3
_WORDS_WEIGH = 1.0
_NEAREST_WEIGHS = 6.0
_NEAR_MISS = 0.3
_SENDER = (0.9, 0.1, -1.6)
_ANSWER = (1.6, -0.7)
_REFERENCE = 2.0
_ATTACHED = (0.5, -0.3)

_COMMON = frozenset(
    (
        "a", "an", "and", "are", "as", "at", "be", "best", "but", "by", "dear", "do", "for", "from", "has", "have",
        "hello", "hi", "i", "in", "is", "it", "its", "kind", "me", "my", "of", "on", "or", "our", "regards", "so",
        "thanks", "that", "the", "their", "them", "there", "they", "this", "to", "us", "was", "we", "were", "will",
        "with", "you", "your",
    )
)  # fmt: skip
_NUMBER = re.compile(r"\d")
_ENDINGS = (("ings", 7), ("ing", 6), ("ies", 5), ("ied", 5), ("ed", 5), ("es", 5), ("s", 4), ("ly", 6))


class Nearest:
    """The examples of every class, weighed when first asked, and once."""

    def __init__(
        self,
        samples: Iterable[Sample],
        habits: Mapping[str, Habit],
        words: Iterable[tuple[str, Iterable[str]]] = (),
        examples: "Nearest | None" = None,
    ) -> None:
        """Gather the examples. `words` are classes with words that are often in such mail, but are no example of it.

        `examples` are those that “reads like” goes by, where these here are more.
        """
        self.samples = tuple(samples)
        self._habits = habits
        self._words = tuple((class_, tuple(those)) for class_, those in words)
        self._examples = examples or self

    def suggest(self, view: View, near_misses: Mapping[str, str]) -> tuple[Suggestion, ...]:
        """Return the likeliest classes; `near_misses` says of a class which rule nearly gave it."""
        if not self.samples:
            return tuple(Suggestion(*one) for one in list(near_misses.items())[:MOST_SUGGESTIONS])
        counts = Counter(_features(*_said(view)))
        likeness = self._likeness(counts)
        scores = self._scores(view, counts, likeness, near_misses)
        best = sorted(scores, key=lambda one: (-scores[one], one))[:MOST_SUGGESTIONS]
        return tuple(Suggestion(one, self._near(one, likeness, near_misses)) for one in best)

    @cached_property
    def _texts(self) -> list[Counter[str]]:
        return [Counter(_features(fold(one.text))) for one in self.samples]

    @cached_property
    def _rarity(self) -> dict[str, float]:
        """How few of the examples have each feature."""
        found = Counter(feature for one in self._texts for feature in one)
        return {feature: math.log((1 + len(self._texts)) / (1 + n)) + 1 for feature, n in found.items()}

    @cached_property
    def _holders(self) -> dict[str, list[tuple[int, float]]]:
        """The examples that have each feature, and how much it weighs there."""
        holders: dict[str, list[tuple[int, float]]] = {}
        for number, counts in enumerate(self._texts):
            for feature, weight in self._weighed(counts).items():
                holders.setdefault(feature, []).append((number, weight))
        return holders

    @cached_property
    def _odds(self) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
        """How much each feature speaks for the classes that have it, and each class's odds without it (naive Bayes)."""
        told = [(one.class_, text.keys()) for one, text in zip(self.samples, self._texts, strict=True)]
        told += [(class_, Counter(_features(*map(fold, those))).keys()) for class_, those in self._words]
        counts: dict[str, Counter[str]] = {class_: Counter() for class_, _ in told}
        for class_, features in told:
            counts[class_].update(features)
        speaks: dict[str, dict[str, float]] = {}
        for class_, one in counts.items():
            for feature, n in one.items():
                speaks.setdefault(feature, {})[class_] = math.log((n + _SMOOTHING) / _SMOOTHING)
        most = _SMOOTHING * len(speaks)
        return speaks, {class_: math.log(_SMOOTHING / (one.total() + most)) for class_, one in counts.items()}

    def clearly(self, view: View) -> tuple[str, str] | None:
        """Return the class that is likelier than every other by a clear lead, and its nearest example in words."""
        return self._examples._clearly(view)  # noqa: SLF001 - one of our own kind

    def _clearly(self, view: View) -> tuple[str, str] | None:
        if not self.samples:
            return None
        counts = Counter(_features(*_said(view)))
        likeness = self._likeness(counts)
        scores = self._scores(view, counts, likeness, {})
        first, *others = sorted(scores, key=lambda one: (-scores[one], one))
        if others and scores[first] - scores[others[0]] < CLEAR_LEAD:
            return None
        return first, self._near(first, likeness, {})

    def _scores(
        self, view: View, counts: Counter[str], likeness: Mapping[str, tuple[float, int]], misses: Mapping[str, str]
    ) -> dict[str, float]:
        speaks, without = self._odds
        known = {feature: 1 + math.log(n) for feature, n in counts.items() if feature in speaks}
        said = {class_: odds * sum(known.values()) for class_, odds in without.items()}
        for feature, n in known.items():
            for class_, odds in speaks[feature].items():
                said[class_] += odds * n
        # Over the square root of the length: a long mail is surer than a short one, but not in proportion.
        length = math.sqrt(counts.total()) or 1.0
        return {
            class_: _WORDS_WEIGH * odds / length
            + _NEAREST_WEIGHS * likeness.get(class_, (0.0, 0))[0]
            + usual(self._habits.get(class_), view)
            + (_NEAR_MISS if class_ in misses else 0.0)
            for class_, odds in said.items()
        }

    def _near(self, class_: str, likeness: Mapping[str, tuple[float, int]], misses: Mapping[str, str]) -> str:
        if class_ in misses:
            return misses[class_]
        if class_ in likeness:
            return self.samples[likeness[class_][1]].near
        return "by who writes, and what it answers"

    def _likeness(self, counts: Counter[str]) -> dict[str, tuple[float, int]]:
        """Return how near the nearest example of each class is, from 0 to 1, and which it is."""
        dots: dict[int, float] = {}
        for feature, weight in self._weighed(counts).items():
            for number, other in self._holders.get(feature, ()):
                dots[number] = dots.get(number, 0.0) + weight * other
        best: dict[str, tuple[float, int]] = {}
        for number, dot in dots.items():
            class_ = self.samples[number].class_
            if dot > best.get(class_, (0.0, 0))[0]:
                best[class_] = (dot, number)
        return best

    def _weighed(self, counts: Counter[str]) -> dict[str, float]:
        rare = self._rarity
        weights = {one: (1 + math.log(n)) * rare[one] for one, n in counts.items() if one in rare}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {feature: weight / length for feature, weight in weights.items()}


def of_rules(ruleset: RuleSet, confirmed: Sequence[Sample] = ()) -> Nearest:
    """Gather examples.txt, what the rules say of each class, and what people have confirmed.

    What a message reads like goes by examples.txt and by people alone, so that no other rule changes it.
    """
    examples = Nearest((*ruleset.samples.texts, *confirmed), ruleset.samples.habits, ruleset.samples.words.items())
    samples = [*ruleset.samples.texts]
    words: list[tuple[str, Iterable[str]]] = [*ruleset.samples.words.items()]
    for rule in ruleset.rules:
        if not rule.class_ or rule.status == "off":
            continue
        samples += [
            Sample(rule.class_, one.text, f"like the example “{shortened(one.text)}” of rule “{rule.name}”")
            for one in rule.examples
            if one.caught
        ]
        looked_for = [one for one in rule.conditions if one.look in TEXTUAL and not one.unless]
        words.append((rule.class_, [phrase.written for one in looked_for for phrase in one.phrases.all]))
    return Nearest((*samples, *confirmed), ruleset.samples.habits, words, examples)


def usual(habit: Habit | None, view: View) -> float:
    """Weigh how usual it is for a class that this person writes it, in answer to this, with this."""
    if habit is None:
        return 0.0
    facts = view.facts
    weight = 0.0
    if habit.senders:
        kinds = [
            one.kind for one in habit.senders if belongs(facts.sender, one, recused=False, colleague=view.colleague)
        ]
        by_name, by_anyone, not_named = _SENDER
        weight += not_named if not kinds else by_anyone if set(kinds) == {"anyone"} else by_name
    if facts.answers_template:
        weight += _ANSWER[0] if facts.answers_template.startswith(habit.answers or ("\0",)) else _ANSWER[1]
    named = (facts.answers_ref, *facts.known_refs)
    if any(ref.startswith(f"{one}-") for ref in named for one in habit.refs):
        weight += _REFERENCE
    if view.message.attachments:
        weight += _ATTACHED[0] if habit.attached else _ATTACHED[1]
    return weight


def _rarity(texts: Sequence[Collection[str]]) -> dict[str, float]:
    """Return of each feature how few of the texts have it."""
    found = Counter(feature for one in texts for feature in one)
    return {feature: math.log((1 + len(texts)) / (1 + n)) + 1 for feature, n in found.items()}


def _odds(told: Sequence[tuple[str, frozenset[str]]], classes: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return for each feature how much likelier it is in each class than in all (naive Bayes, centred)."""
    counts: dict[str, Counter[str]] = {class_: Counter() for class_ in classes}
    for class_, features in told:
        counts[class_].update(features)
    features = frozenset().union(*(one for _, one in told))
    totals = {class_: sum(one.values()) + _SMOOTHING * len(features) for class_, one in counts.items()}
    odds = {}
    for feature in features:
        row = [math.log((counts[class_][feature] + _SMOOTHING) / totals[class_]) for class_ in classes]
        mean = sum(row) / len(row)
        odds[feature] = tuple(one - mean for one in row)
    return odds


def _said(view: View) -> Iterator[Folded]:
    """Give all that a message says: also what it passes on, and how its files are called."""
    yield view.subject
    yield view.text
    message = view.message
    if message.forward is not None:
        yield fold(message.forward.subject)
        yield fold(message.forward.text[:MOST_PASSED_ON])
    for one in message.attachments[:MOST_FILES]:
        yield fold(one.name.replace("_", " "))


def _features(*texts: Folded) -> Iterator[str]:
    """Give the words of texts in their plain forms, and the pairs of neighbours."""
    left = MOST_WORDS
    for text in texts:
        for sentence in text.text.split("|"):
            words = [_plain(word) for word in sentence.split()[:left]]
            left -= len(words)
            yield from (word for word in words if word not in _COMMON)
            yield from (f"{one} {other}" for one, other in pairwise(words))


@lru_cache(maxsize=1 << 15)
def _plain(word: str) -> str:
    """Take the common endings off a word; a number is just a number."""
    if _NUMBER.search(word):
        return "#"
    for ending, least in _ENDINGS:
        if len(word) >= least and word.endswith(ending) and not word.endswith("ss"):
            word = word[: -len(ending)]
            if word[-1] == word[-2] and ending in {"ing", "ed"} and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith(("e", "y", "i")) and len(word) > 3 else word  # noqa: PLR2004 - too short to cut
