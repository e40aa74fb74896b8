"""Tell the coordinator that files she saved are broken: once for each set of faults, in her own words."""

import hashlib
from datetime import datetime

from mailroom.office import mail
from mailroom.office.office import Office

MOST = 10
"""Faults named in one mail; the rest are counted, and `mailroom check` lists them all."""


def tell(office: Office, now: datetime) -> bool:
    """Write to the coordinator about faults she has not heard of; True when a mail was queued."""
    if not office.problems:
        return False
    reasons = [str(problem) for problem in office.problems]
    digest = hashlib.sha256("\n".join(reasons).encode()).hexdigest()[:16]
    if len(reasons) > MOST:
        reasons = [*reasons[:MOST], f"and {len(reasons) - MOST} more"]
    with office.store.immediate() as db:
        queued = mail.to_role(
            office, db, now, key=f"rules-broken:{digest}", role="coordinator", template="notice/rules-broken",
            kind="notice", variables={"reasons": reasons},
        )  # fmt: skip
    return queued > 0
