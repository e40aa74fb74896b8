"""Everything the office knows, in one SQLite file; all SQL for the shared nouns lives here."""

from mailroom.store.db import Store, open_store

__all__ = ["Store", "open_store"]
