"""What servers say, and whether it means that an address is dead."""

import pytest

from mailroom.message.bounce_reasons import Stage, code, reason, severity

pytestmark = pytest.mark.fast
# A server's words, the status and the stage of the delivery.
DEAD = [
    ("550 5.1.1 unknown or illegal alias: ada@example.com", "5.1.1", "rcpt"),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "5.4.1", ""),
    ("550 5.1.1 Not our Customer", "5.1.1", ""),
    ("550 Requested action not taken: mailbox unavailable", "5.5.0", ""),
    ("550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found", "5.0.0", "rcpt"),
    ("Host or domain name not found. Name service error for name=example.invalid type=A: Host not found", "5.4.4", ""),
    ("all relevant MX records point to non-existent hosts", "", ""),
    ("an MX or SRV record indicated no SMTP service", "", ""),
    ("550 Domain does not accept mail (nullMX)", "5.1.10", ""),
    ("556 5.1.10 Recipient address has null MX", "5.1.10", ""),
    ("550 5.1.1 The email account that you tried to reach does not exist.", "5.1.1", "rcpt"),
    ("550 No such user here", "5.0.0", "rcpt"),
    ("550 5.1.6 recipient no longer on server", "5.1.6", ""),
    ("550 User has moved to bob@example.net", "5.0.0", "rcpt"),
    ("550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown", "5.0.350", ""),
    ("User unknown", "5.1.1", "data"),
    ("smtp; 550 #5.1.0 Address rejected.", "5.1.0", ""),
    ("Dieser Empfänger existiert nicht", "5.1.1", ""),
    ("550 5.1.1 <ada@example.com>: Recipient address rejected: undeliverable address", "5.1.1", "rcpt"),
    ("550 The email address wasn't found", "5.0.0", ""),
    ("5.1.1 ada@example.com was not found", "5.1.1", ""),
]
ALIVE = [
    ("550 5.1.1 RCP-P2 Refused due to recipient preferences", "5.1.1", "rcpt"),
    ("550 5.7.1 Unable to relay", "5.7.1", ""),
    ("554 delivery error: dd Not a valid recipient", "5.0.0", "data"),
    ("554 30 Sorry, your message to x cannot be delivered. This mailbox is disabled", "5.0.0", ""),
    ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", "4.7.0", ""),
    (
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
        "5.2.1",
        "",
    ),
    ("550-5.7.1 Our system has detected that this message is likely unsolicited mail", "5.7.1", "data"),
    ("550 5.2.1 Administrative Suspension", "5.2.1", ""),
    (
        "550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: account is disabled",
        "5.0.0",
        "rcpt",
    ),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "5.7.1", ""),
    ("553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", "5.7.1", ""),
    ("550 5.7.1 ada@example.com does not accept mail from example.org", "5.7.1", ""),
    ("554 5.7.1 Relay access denied", "5.7.1", "rcpt"),
    ("550-Verification failed for <iag@example.org> 550-No Such User Here 550 Sender verify failed", "5.0.0", "rcpt"),
    ("550 5.1.1 Mailbox has exceeded the limit", "5.2.2", ""),
    ("552 Message size exceeds fixed limit", "5.3.4", "mail"),
    ("450 4.2.1 mailbox temporarily unavailable", "4.2.1", ""),
    ("550 mailbox temporarily unavailable", "5.0.0", ""),
    ("550 5.1.8 Access denied, bad outbound sender", "5.1.8", ""),
    ("550 5.7.1 Sender domain does not exist", "5.7.1", ""),
    ("554 5.7.1 Client host [192.0.2.1] blocked using bl.example.org", "5.7.1", "rcpt"),
    ("451 4.7.1 Greylisting in action, please come back later", "4.7.1", "rcpt"),
    ("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "5.7.133", ""),
    ("554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "5.2.2", ""),
    ("4.4.7 Message delayed", "4.4.7", ""),
    ("550 4.4.7 QUEUE.Expired; message expired", "4.4.7", ""),
    ("554 5.4.6 Hop count exceeded - possible mail loop", "5.4.6", ""),
    ("550 5.7.26 DMARC policy of example.org", "5.7.26", "data"),
    ("552 Requested mail action aborted: exceeded storage allocation", "5.0.0", ""),
    ("550 Account blocked, see https://help.example.net/no-such-user", "5.0.0", ""),
    ("This account has been closed", "", ""),
]


@pytest.mark.parametrize(("words", "status", "stage"), DEAD)
def test_an_address_that_will_never_work_is_hard(words: str, status: str, stage: Stage):
    assert severity(reason(words, status, stage)) == "hard"


@pytest.mark.parametrize(("words", "status", "stage"), ALIVE)
def test_what_says_nothing_about_the_address_is_soft(words: str, status: str, stage: Stage):
    assert severity(reason(words, status, stage)) == "soft"


def test_a_refusal_after_the_letter_was_seen_is_a_filter_unless_the_code_says_no_such_user():
    assert reason("550 User unknown", "5.0.0", "data") == "filtered"
    assert reason("550 User unknown", "5.1.1", "data") == "no such user"
    assert reason("550 User unknown", "5.0.0", "rcpt") == "no such user"


def test_a_server_that_only_supposes_proves_nothing():
    assert reason("the group may not exist, or you may not write to it", "") != "no such user"


def test_words_in_addresses_and_links_are_no_reason():
    assert reason("550 5.1.1 <spam@blocked.example.org> user unknown, see https://example.org/policy", "5.1.1") == (
        "no such user"
    )


def test_the_code_is_the_enhanced_one_or_made_from_the_reply():
    assert [code("550 5.1.1 no"), code("550 no"), code("421-later"), code("at 10:45 on port 25")] == [
        "5.1.1", "5.0.0", "4.0.0", "",
    ]  # fmt: skip
