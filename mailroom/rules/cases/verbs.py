"""The commands that process files wait for, each with the roles it is waited for from."""

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Protocol

from mailroom.rules.cases.graph import blocks
from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.triggers import From, OnCommand


class Allowed(Protocol):
    """A role, and the verbs it may use."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def may(self) -> tuple[str, ...]:
        """Its verbs."""
        ...


def verbs_of(cases: Collection[CaseFile], roles: Collection[Allowed]) -> dict[str, frozenset[str]]:
    """Return every verb of the processes and of roles.txt with its roles; a holder of a group counts by their role."""
    found: dict[str, frozenset[str]] = {}
    for verb, holders in chain(*(_of(one) for one in cases)):
        found[verb] = found.get(verb, frozenset()) | holders
    for role in roles:
        for verb in role.may:
            found[verb] = found.get(verb, frozenset()) | {role.name}
    return found


def _of(case_file: CaseFile) -> Iterator[tuple[str, frozenset[str]]]:
    for one in case_file.opens_on:
        if one.command:
            yield one.command, holders(one.from_, case_file)
    for stage in blocks(case_file):
        for when in stage.whens:
            if isinstance(when.trigger, OnCommand):
                for verb in when.trigger.verbs:
                    yield verb, holders(when.trigger.from_, case_file)


def holders(from_: From, case_file: CaseFile) -> frozenset[str]:
    """Return the roles that a command counts from; whoever holds one of the case's groups by their role counts too."""
    groups = [case_file.group(one.name) for one in from_.targets if one.kind == "group"]
    roles = [one.role for one in groups if one is not None and one.source == "role_of"]
    return frozenset([*(one.value for one in from_.groups if one.kind == "role"), *roles])
