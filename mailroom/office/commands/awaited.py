"""What the office's processes wait for from people: the verbs of their files, and who may use each."""

from mailroom.office.office import Office
from mailroom.rules.commands import CaseVerbs
from mailroom.rules.commands.verbs import NO_CASES


def case_verbs(office: Office) -> CaseVerbs:
    """Return the verbs that process files wait for, each with the roles it is waited for from."""
    del office
    return NO_CASES
