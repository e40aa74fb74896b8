"""The story: an invented office, twelve weeks of its mail, and what must become of each message.

The demo plays it over real IMAP and SMTP on this machine. The files are those of tests/story.
"""
