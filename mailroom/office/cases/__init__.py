"""The applying half of the case engine: a process file says what, this does it in rows.

The pure half (`rules.cases`) turns a stage and an event into effects; here they become stages, tasks, clocks and
queued mail, inside the transaction of what caused them.

    incoming, scene          the message at hand, and one event in one case while it is carried out
    begin, opening           a case begins, by a message or out of another case
    happening, commanding    what happens to it from outside: messages, forms, flags, rules, commands, approvals
    tick, clocks             what falls due, and the rows that say when
    engine, effects          plays an event and carries out what follows
    sending, drafts, words   mails, what waits for a person's word, and what they may say
    targets, checks, answers whom a line is for, and what a file may ask
    answering, form_rows     a form filled in by mail, asked back where it is not whole, and shown to be filled in
    facts, readers           what a message says when a case asks it
"""

from mailroom.office.cases.begin import ALERT_EVERY, DANGER, SAME_DANGER, may_open, open_case
from mailroom.office.cases.happening import approved, form, linked, move
from mailroom.office.cases.incoming import Incoming, names_place
from mailroom.office.cases.tick import next_due, tick

__all__ = [
    "ALERT_EVERY", "DANGER", "SAME_DANGER", "Incoming", "approved", "form", "linked", "may_open", "move",
    "names_place", "next_due", "open_case", "tick",
]  # fmt: skip
