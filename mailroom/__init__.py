"""mailroom: a daemon that turns a shared mailbox into a well-run office."""

__version__ = "0.1.0"
