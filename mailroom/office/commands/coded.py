"""What a one-time code is about: its case, and whether a reference beside it agrees."""

from sqlite_utils import Database

from mailroom.store import approvals, doubts, held, kinship, merges, pending
from mailroom.store.codes import Code


def case_of(db: Database, code: Code) -> int | None:
    """Return the case that a code's draft, mail or command is about, None where it is about none."""
    match code.about:
        case "rules" | "message":
            return None
        case "mail":
            return held.by_id(db, code.subject).case
        case "sending":
            return approvals.by_id(db, code.subject).case
        case "command":
            return pending.by_id(db, code.subject).case
        case "case":
            return code.subject
        case "doubt":
            mail = doubts.by_id(db, code.subject)
            return mail.case if mail is not None else None


def agree(db: Database, named: int, case: int | None) -> bool:
    """Tell whether a case that is named beside a code is that of the code, its parent or child, or linked to it.

    A case that was merged into another counts as that one.
    """
    if case is None:
        return False
    one, other = (merges.went_into(db, each) or each for each in (named, case))
    kin = {each.case for each in (*kinship.opened_from(db, one), *kinship.parents(db, one))}
    return one == other or other in kin
