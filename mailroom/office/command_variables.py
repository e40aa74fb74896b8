"""What the mails may say that answer a command or ask for one (`variables.py` has every other mail)."""

from typing import Final

from mailroom.office.variable import Variable

_COMMAND = Variable("command", "The command as it was written.", "UNDO #412", private=True)
_CODE = Variable(
    "code", "The one-time code that lets it go ahead; empty when there is none.", "7KQM-3TVX", private=True
)
_APPROVE = Variable(
    "approve_link", "A link that writes the mail that says yes.", "mailto:iag@example.org?subject=APPROVE%207KQM-3TVX",
    private=True,
)  # fmt: skip
_REFUSE = Variable(
    "refuse_link", "A link that writes the mail that says no.", "mailto:iag@example.org?subject=REFUSE%207KQM-3TVX",
    private=True,
)  # fmt: skip

DONE: Final = (
    _COMMAND,
    Variable("result", "“Done” or “Not done”.", "Done"),
    Variable("lines", "A list: what was done, or why nothing was, a sentence each.", ["#412 is no concern any more."]),
    Variable("kept", "A list: what can't be taken back.", ["The mail of 4 January to Sam Carter was sent."]),
    Variable("undo_words", "The command that takes it back; empty when there is none.", "UNDO #412"),
    Variable(
        "undo_link", "A link that writes that mail; may be empty.", "mailto:iag@example.org?subject=UNDO%20%23412"
    ),
)

WHY: Final = (
    _COMMAND,
    Variable("lines", "A list: what happened and which words decided, a sentence each.", ["Sorted as concern."]),
    Variable("undo_link", "A link that takes it back; may be empty.", "mailto:iag@example.org?subject=UNDO%20%23412"),
)

HELP: Final = (
    _COMMAND,
    Variable("problem", "Why the command was not understood; may be empty.", "There is no command “UNOD”."),
    Variable("near", "The command that may have been meant; may be empty.", "UNDO #412"),
    Variable("near_link", "A link that writes it; may be empty.", "mailto:iag@example.org?subject=UNDO%20%23412"),
    Variable("one", "What the one command does that was asked about; may be empty.", "UNDO #412 takes it back."),
    Variable("lines", "A list: the commands, a line each.", ["UNDO #412: takes the last act back"]),
    Variable(
        "waiting",
        "A list of rows, what cases wait for from whoever asks: words, link.",
        [{"words": "RELEASE INC-2027-001", "link": "mailto:iag@example.org?subject=RELEASE%20INC-2027-001"}],
        private=True,
    ),
)

_CHOICE_ROW = {
    "n": "1",
    "class": "concern",
    "means": "somebody is worried about something in the community",
    "near": "like your message of 3 March",
    "link": "mailto:iag@example.org?subject=CLASS%20concern%20%23412",
}

UNKNOWN: Final = (
    Variable("sender_name", "Who wrote, by name; may be empty.", "Sam Carter", private=True),
    Variable(
        "choices", "A list of rows, the likeliest first: n, class, means, near (may be empty), link.", [_CHOICE_ROW],
        private=True,
    ),
    Variable("why_link", "A link that asks what is known of it.", "mailto:iag@example.org?subject=WHY%20%23412"),
)  # fmt: skip

_CASE_ROW = {
    "n": "1",
    "ref": "INC-2027-001",
    "what": "Incident call, open, Westbridge",
    "why": "the only open incident, and they were asked about it",
    "link": "mailto:iag@example.org?subject=LINK%20%23412%20INC-2027-001",
}

WHICH: Final = (
    Variable("sender_name", "Who wrote, by name; may be empty.", "Sam Carter", private=True),
    Variable("choices", "A list of rows, one for each case: n, ref, what, why, link.", [_CASE_ROW], private=True),
    Variable(
        "yes_link", "A link that says that it belongs there; empty where several cases are asked about.",
        "mailto:iag@example.org?subject=LINK%20%23412%20INC-2027-001",
    ),
    Variable(
        "none_link", "A link that says that it does not; empty where several cases are asked about.",
        "mailto:iag@example.org?subject=UNLINK%20%23412%20INC-2027-001",
    ),
    Variable("why_link", "A link that asks what is known of it.", "mailto:iag@example.org?subject=WHY%20%23412"),
)  # fmt: skip

HELD: Final = (
    Variable("why", "Why the mail is held, in the rule's words.", "a minister is named", private=True),
    Variable("to_whom", "Who would get the mail.", "Sam Carter", private=True),
    Variable("held_subject", "The subject of the mail that is held.", "We have your message", private=True),
    Variable("words", "A list: the mail that is held, line by line.", ["Thank you for writing."], True, lines=True),  # noqa: FBT003
    Variable(
        "findings", "A list: what to look at before it goes, a sentence each.",
        ["Sam Carter is named in line 5."],
        private=True,
    ),
    Variable("slots", "A list: the lines that may stand beside APPROVE; may be empty.", ["Pack: yes or no"]),
    Variable("may_go", "“yes” where it may leave as it is; else it has to be written anew.", "yes", private=True),
    _CODE,
    _APPROVE,
    _REFUSE,
)  # fmt: skip

_FAULT_ROW = {
    "where": "rules/sorting/60-by-mail.txt, line 2",
    "text": "there is no condition “form”. Did you mean “from”?",
    "shown": "If ^form: any member",
}
_CHANGE_ROW = {
    "number": "#412", "sender": "Sam Carter", "received": "Wed 3 March", "before": "news.item", "after": "concern",
    "because": "“frightened”",
}  # fmt: skip

RULES_REPORT: Final = (
    Variable(
        "lead", "Why it is proposed; empty when you have asked for it.",
        "You have said of #410, #411 and #412 that they are concern.",
    ),
    Variable("what", "What would change, in a few words.", "new rule “Worry at stations” (60-by-mail.txt)"),
    Variable("shown", "A list: the rules as they were read, line by line.", ["Rule: Worry at stations"], lines=True),
    Variable("faults", "A list of rows: where, text, shown (the line, ^ before the word; may be empty).", [_FAULT_ROW]),
    Variable("more_faults", "How many further faults there are; empty when all are listed.", "3"),
    Variable("looked_at", "How many stored messages it was tried on; empty when on none.", "2000 messages"),
    Variable(
        "changes", "A list of rows, what would change: number, sender, received, before, after, because.",
        [_CHANGE_ROW],
    ),
    Variable("more_changes", "How many further messages would be; empty when all are listed.", "12"),
    _CODE,
    _APPROVE,
    _REFUSE,
)  # fmt: skip

_QUESTION_ROW = {
    "number": "#412", "folder": "Vetting", "class": "vet.member", "means": "a member writes about vetting",
    "command": "CLASS vet.member #412", "link": "mailto:iag@example.org?subject=CLASS%20vet.member%20%23412",
}  # fmt: skip

MOVED: Final = (
    Variable("lines", "A list: what each message is now, a sentence each.", ["#412 is concern now; it was media."]),
    Variable("more", "How many further messages were moved; empty when all are named.", "12"),
    Variable(
        "questions", "A list of rows, where a folder holds several kinds: number, folder, class, means, command, link.",
        [_QUESTION_ROW],
    ),
    Variable("reversed", "A list: what was taken back.", ["CONC-2027-001 is closed as undone."]),
    Variable("kept", "A list: what can't be taken back.", ["A mail to M01 was sent."]),
    Variable("to_do", "A list: what is left to a person.", ["No case (concern) was opened for #412."]),
    Variable("undo_words", "The command that takes it back; empty when there is none.", "UNDO #412"),
    Variable(
        "undo_link", "A link that writes that mail; may be empty.", "mailto:iag@example.org?subject=UNDO%20%23412"
    ),
)  # fmt: skip

TASK: Final = (
    Variable("task_number", "The task's number.", "#17"),
    Variable("task_words", "What is to be done.", "#412 may belong to INC-2027-001. Please say.", private=True),
    Variable("since", "Since when it has been open.", "Mon 4 January, 09:12"),
    Variable("answer_due", "The day it is due; may be empty.", "Friday 8 January 2027"),
    Variable(
        "priority_words",
        "How soon somebody should look, and why; may be empty.",
        "today: an officer waits",
        private=True,
    ),
    Variable("done_link", "A link that says it is done.", "mailto:iag@example.org?subject=DONE%20%2317"),
    Variable("later_link", "A link that puts it off.", "mailto:iag@example.org?subject=LATER%203%20%2317"),
    Variable("mine_link", "A link that says they do it themselves.", "mailto:iag@example.org?subject=MINE%20%2317"),
)

DOUBTFUL: Final = (
    Variable("number", "The number of the mail, among those of ours.", "#31"),
    Variable("to_whom", "Who it was for.", "Sam Carter", private=True),
    Variable("held_subject", "Its subject.", "We have your message", private=True),
    Variable("why", "What happened as it was sent.", "the connection was lost", private=True),
    Variable("when", "When that was.", "Friday 29 January 2027, 10:00"),
    _CODE,
    Variable(
        "resend_link",
        "A link that has it sent once more.",
        "mailto:iag@example.org?subject=RESEND%20%2331%207KQM-3TVX",
        private=True,
    ),
    Variable(
        "was_sent_link", "A link that says it has arrived.", "mailto:iag@example.org?subject=WAS%20SENT%20%2331",
        private=True,
    ),
)  # fmt: skip

SHOWN: Final = (
    _COMMAND,
    Variable("lead", "What has changed since it was shown before; empty the first time.", "Two people have left."),
    Variable("lines", "A list: what it would do, a sentence each.", ["The call goes to 13 members."], private=True),
    Variable("people", "How many people would be written to, and who; may be empty.", "1 person: Sam", private=True),
    Variable("sent_subject", "The subject they would see; may be empty.", "IAG: your advice please", private=True),
    Variable("words", "A list: what they would read, line by line; may be empty.", ["Hello Sam,"], True, lines=True),  # noqa: FBT003
    Variable("others", "A list: what else would be sent, and to whom.", ["To Jo Miller: “Passed on”"], private=True),
    _CODE,
    _APPROVE,
    _REFUSE,
)

STOPPED: Final = (
    Variable("reasons", "A list: which sending stands still, and why.", ["The server said 554."], private=True),
    Variable("resume_words", "The command that lets it go on.", "RESUME NEWS-2027-02"),
    Variable("resume_link", "A link that writes it.", "mailto:iag@example.org?subject=RESUME%20NEWS-2027-02"),
)

_OFFER_ROW = {
    "words": "AUTHORISE OBS-2027-001 7KQM-3TVX",
    "link": "mailto:iag@example.org?subject=AUTHORISE%20OBS-2027-001%207KQM-3TVX",
}

COMMANDS: Final = (
    Variable("offers", "A list of rows, the commands its reader may give: words, link.", [_OFFER_ROW], private=True),
    _CODE,
)
"""What ends each mail that takes a command, but for those that show their code in words of their own."""

AWAY: Final = (
    Variable("who", "Who seems to be away.", "Robin Hale"),
    Variable("until", "Until when, as their mail program says.", "Monday 25 January 2027"),
    Variable("away_words", "The command that says so.", "AWAY UNTIL Monday 25 January 2027"),
    Variable("away_link", "A link that writes it.", "mailto:iag@example.org?subject=AWAY%20UNTIL%2025%20January"),
)
