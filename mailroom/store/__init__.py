"""Everything the office knows, in one SQLite file; all SQL for the shared nouns lives here."""

from mailroom.store.db import Store, looking, open_store

__all__ = ["Store", "looking", "open_store"]
