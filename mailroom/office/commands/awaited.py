"""What the office's processes wait for from people: the verbs of their files, and who may use each."""

from mailroom.office.office import Office
from mailroom.rules.commands import CaseVerbs, may, verb_of
from mailroom.rules.commands.verbs import roles_of
from mailroom.rules.model import Sender


def case_verbs(office: Office) -> CaseVerbs:
    """Return the verbs that process files wait for, each with the roles it is waited for from."""
    return office.rules.verbs


def may_always(office: Office, verb: str, sender: Sender) -> bool:
    """Tell whether somebody may use a verb of every office, by the table or by roles.txt.

    A process that waits for the same word from further people lets them say it to its own cases only.
    """
    by_file = {name for name, role in office.rules.roles.items() if verb in role.may}
    return may(verb, sender) or bool(roles_of(sender) & by_file)


def of_every_office(verb: str) -> str:
    """Return the name of the verb of every office that a word spells, such as refuse for `cancel`; "" for none."""
    found = verb_of(verb)
    return found.name if found is not None else ""
