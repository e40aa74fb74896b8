"""What rules on trial would have done, as it was written down with each decision."""

import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from mailroom.clock import stamp


def between(db: Database, since: datetime, until: datetime) -> list[tuple[int, list[dict[str, Any]]]]:
    """Return the messages decided in a span on which a rule on trial held, with the actions it would have taken."""
    return [
        (row, json.loads(actions))
        for row, actions in db.execute(
            "SELECT id, json_extract(decision, '$.trial') FROM messages"
            " WHERE handled_at > ? AND handled_at <= ? AND history = 0"
            " AND json_array_length(decision, '$.trial') > 0 ORDER BY id",
            (stamp(since), stamp(until)),
        )
    ]
