"""The servers of the daemon tests."""

from tests.servers import dovecot, postfix

__all__ = ["dovecot", "postfix"]
