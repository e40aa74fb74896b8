"""The wire: one IMAP connection, one SMTP connection, and the demo's own post office.

Nothing here knows what a message means. Every failure leaves as Temporary, Permanent, Unauthorised or
Doubtful (mailroom.errors), decided where the bytes are, so that no caller reads a library's exceptions.
"""
