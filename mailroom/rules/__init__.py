"""The rules: labelled lines in, decisions out. Pure: no I/O, no clock, no randomness.

`load` makes a RuleSet of the coordinator's files; `decide` judges one message by it.
"""

from mailroom.rules.deciding import decide
from mailroom.rules.ruleset import RuleSet, load
from mailroom.rules.vocabulary import ROLES

__all__ = ["ROLES", "RuleSet", "decide", "load"]
