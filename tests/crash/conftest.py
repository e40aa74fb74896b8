"""The servers of the crash tests."""

from tests.servers import dovecot, postfix

__all__ = ["dovecot", "postfix"]
