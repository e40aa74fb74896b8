"""Whether one `When` line answers whatever another would: the second is then never followed."""

from collections.abc import Collection

from mailroom.rules.cases.model import CaseFile
from mailroom.rules.cases.triggers import (
    From,
    OnApproved,
    OnCase,
    OnCommand,
    OnFlag,
    OnForm,
    OnMessage,
    OnTime,
    Trigger,
)


def covers(first: Trigger, second: Trigger, case_file: CaseFile) -> bool:
    """Tell whether `first` fits every event that `second` fits."""
    match first, second:
        case OnMessage(), OnMessage():
            same = first.class_ == second.class_ and first.saying in {"", second.saying}
            return same and _all_of(first.from_, second.from_, case_file)
        case OnCommand(), OnCommand():
            asks_less = first.form in {"", second.form} and (second.reason or not first.reason)
            same = set(first.verbs) >= set(second.verbs) and asks_less
            return same and _all_of(first.from_, second.from_, case_file)
        case OnForm(), OnForm():
            return first.form == second.form and _all_of(first.from_, second.from_, case_file)
        case OnFlag(), OnFlag():
            return first.flag == second.flag and _all_of(first.from_, second.from_, case_file)
        case (OnTime(), OnTime()) | (OnApproved(), OnApproved()) | (OnCase(), OnCase()):
            return first == second
        case _:
            return False


def _all_of(first: From, second: From, case_file: CaseFile) -> bool:
    """Tell whether whoever is one of the second is one of the first."""
    if not set(first.not_) <= set(second.not_):
        return False
    if first.is_anyone:
        return True
    if second.is_anyone:
        return False
    kinds = {(one.kind, one.value) for one in first.groups}
    groups = all((one.kind, one.value) in kinds or _is_member(one.kind, one.value, kinds) for one in second.groups)
    return groups and all(
        one in first.targets or (one.kind == "group" and _of_members(one.name, case_file) and _MEMBER in kinds)
        for one in second.targets
    )


_MEMBER = ("kind", "member")


def _is_member(kind: str, value: str, kinds: Collection[tuple[str, str]]) -> bool:
    """A recused member, or one on leave, is a member too."""
    return _MEMBER in kinds and (kind == "recused" or (kind == "state" and value.endswith(" member")))


def _of_members(name: str, case_file: CaseFile) -> bool:
    group = case_file.group(name)
    return group is not None and group.source in {"members", "listed"}
