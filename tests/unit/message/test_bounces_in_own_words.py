"""Reports in the shapes that many mail servers give them; every one is invented."""

import pytest

from mailroom.message import read

pytestmark = pytest.mark.fast
HEADERS = "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>\r\nTo: iag@example.org\r\nReturn-Path: <>\r\n"
# Server, subject, kind, who was not reached and whether that address is dead, and the text.
REPORTS = [
    (
        "courier",
        "NOTICE: mail delivery status.",
        "bounce",
        {"ada@example.com": "hard"},
        """This is a delivery status notification from mx.example.net,
running the Courier mail server, version 0.65.

The original message was received on Thu, 29 Apr 2010 23:34:45 +0900
from 192.0.2.1

---------------------------------------------------------------------------

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<ada@example.com>:
    mx.example.com [192.0.2.2]:
>>> RCPT TO:<ada@example.com>
<<< 550 5.1.1 <ada@example.com>... User Unknown

---------------------------------------------------------------------------""",
    ),
    (
        "notes",
        "DELIVERY FAILURE: User ada not listed in public Name & Address Book",
        "bounce",
        {"ada@example.com": "hard"},
        """------- Failure Reasons  --------

User not listed in public Name & Address Book
ada@example.com

------- Returned Message --------

Received: from x
To: ada@example.com""",
    ),
    (
        "mailmarshal",
        "Undeliverable Mail",
        "bounce",
        {"ada@example.com": "hard"},
        """Your message:
   From:    iag@example.org
   Subject: Dates

Could not be delivered because of

550 5.1.1 User unknown

The following recipients were affected:
     ada@example.com

Additional Information
======================
Original Sender:    <iag@example.org>""",
    ),
    (
        "imail",
        "Undeliverable Mail",
        "bounce",
        {"ada@example.com": "hard"},
        """Unknown user: ada@example.com


Original message follows.

Received: from x""",
    ),
    (
        "imail-full",
        "Undeliverable Mail",
        "bounce",
        {"ada@example.com": "soft"},
        """User mailbox exceeds allowed size: ada@example.com


Original message follows.

Received: from x""",
    ),
    (
        "interscan",
        "Mail delivery failed",
        "bounce",
        {"ada@example.com": "hard"},
        """Sent <<< RCPT TO:<ada@example.com>
Received >>> 550 5.1.1 <ada@example.com>... user unknown

Unable to deliver message to <ada@example.com>""",
    ),
    (
        "surfcontrol",
        "Message could not be delivered",
        "bounce",
        {"ada@example.com": "hard"},
        """Your message could not be sent.
A transcript of the attempts to send the message follows.
The number of attempts made: 1
Addressed To: ada@example.com

Thu 29 Apr 2010 23:34:45 +0900
Failed to send to identified host,
ada@example.com: [192.0.2.5], 550 kijitora@example.com... No such user

--- Message non-deliverable.""",
    ),
    (
        "x2",
        "failure delivery",
        "bounce",
        {"ada@example.com": "hard"},
        """Message from  example.net.
Unable to deliver message to the following address(es).

<ada@example.com>:
This user doesn't have an account here (ada@example.com) [0]

--- Original message follows.

Return-Path: <iag@example.org>""",
    ),
    (
        "x3",
        "Delivery status notification",
        "bounce",
        {"ada@example.com": "hard"},
        """============================================================================
This is an automatically generated Delivery Status Notification.

Delivery to the following recipients failed permanently:

   * ada@example.com

Reason: Permanent Error

============================================================================
There was a permanent problem delivering: 550 Unknown user ada@example.com""",
    ),
    (
        "james",
        "Re: failure",
        "bounce",
        {"ada@example.com": "hard"},
        """Hi. This is the James mail server at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.  Below
I include the list of recipients and the reason why I was unable to deliver
your message.

Failed recipient(s):
ada@example.com

Error message:
550 5.1.1 <ada@example.com>... User Unknown

Message details:
  Subject: Dates
  Sent date: Thu Apr 29 01:20:50 JST 2010
  MAIL FROM: iag@example.org
  RCPT TO: ada@example.com
  From: Iag <iag@example.org>
  To: ada@example.com
  Size (in bytes): 1024""",
    ),
    (
        "postfix",
        "Undelivered Mail Returned to Sender",
        "bounce",
        {"ada@example.com": "hard", "bob@example.com": "soft"},
        """This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ada@example.com>: host mx.example.com[192.0.2.2] said: 550 5.1.1
    <ada@example.com>: Recipient address rejected: User unknown (in reply to
    RCPT TO command)

<bob@example.com>: host mx.example.com[192.0.2.2] said: 452 4.2.2 Mailbox full
    (in reply to RCPT TO command)""",
    ),
    (
        "yahoo",
        "Failure Notice",
        "bounce",
        {"ada@example.com": "hard"},
        """Sorry, we were unable to deliver your message to the following address.

<ada@example.com>:
Remote host said: 554 delivery error: dd This user doesn't have a yahoo.com account (ada@example.com) [0] -
mta1 [BODY]

--- Below this line is a copy of the message.

Received: from x""",
    ),
    (
        "german",
        "Unzustellbar: Termine",
        "bounce",
        {"ada@example.com": "hard"},
        """Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:

ada@example.com<mailto:ada@example.com>
Die eingegebene E-Mail-Adresse konnte nicht gefunden werden.

Diagnoseinformationen für Administratoren:

Generierender Server: x.example.net

ada@example.com
Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'""",
    ),
    (
        "exim-delay",
        "Warning: message 1abcde-000 delayed 24 hours",
        "delay",
        {"ada@example.com": "soft"},
        """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.net.

The address to which the message has not yet been delivered is:

  ada@example.com
    Delay reason: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered. Eventually the mail delivery software will give up,
and when that happens, the message will be returned to you.""",
    ),
    (
        "sendmail-warn",
        "Warning: could not send message for past 4 hours",
        "delay",
        {"ada@example.com": "soft"},
        """    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

The original message was received at Thu, 29 Apr 2010 23:34:45 +0900
from [192.0.2.1]

   ----- The following addresses had transient non-fatal errors -----
<ada@example.com>

   ----- Transcript of session follows -----
<ada@example.com>... Deferred: Connection timed out with mx.example.com.
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old""",
    ),
    (
        "exim-quota",
        "Mail delivery failed: returning message to sender",
        "bounce",
        {"ada@example.com": "soft"},
        """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.com
    mailbox is full: retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

Return-path: <iag@example.org>""",
    ),
    (
        "exim-unrouteable",
        "Mail delivery failed: returning message to sender",
        "bounce",
        {"ada@no.example.com": "hard"},
        """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@no.example.com
    Unrouteable address

------ This is a copy of the message, including all the headers. ------""",
    ),
    (
        "qmail-nohost",
        "failure notice",
        "bounce",
        {"ada@nowhere.example.com": "hard"},
        """Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@nowhere.example.com>:
Sorry, I couldn't find any host named nowhere.example.com. (#5.1.2)

--- Below this line is a copy of the message.

Return-Path: <iag@example.org>""",
    ),
    (
        "qmail-notime",
        "failure notice",
        "bounce",
        {"ada@example.com": "soft"},
        """Hi. This is the qmail-send program at mx.example.net.

<ada@example.com>:
Connected to 192.0.2.2 but greeting failed.
Remote host said: 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.
I'm not going to try again; this message has been in the queue too long.

--- Below this line is a copy of the message.""",
    ),
    (
        "spf",
        "Undelivered Mail Returned to Sender",
        "bounce",
        {"ada@example.com": "soft"},
        """<ada@example.com>: host mx.example.com[192.0.2.2] said: 550 5.7.26 This mail is unauthenticated,
which poses a security risk to the sender and users, and has been blocked. The sender must authenticate with
at least one of SPF or DKIM. (in reply to end of DATA command)""",
    ),
    (
        "disabled",
        "Undelivered Mail Returned to Sender",
        "bounce",
        {"ada@example.com": "soft"},
        """<ada@example.com>: host mx.example.com[192.0.2.2] said: 550 5.2.1 The email account that you tried
to reach is disabled. (in reply to RCPT TO command)""",
    ),
    (
        "gmailfull",
        "Delivery Status Notification (Failure)",
        "bounce",
        {"ada@example.com": "soft"},
        """Delivery to the following recipient failed permanently:

     ada@example.com

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain example.com
by mx.example.com. [192.0.2.2].

The error that the other server returned was:
552 5.2.2 Over quota

----- Original message -----""",
    ),
    (
        "gmailnull",
        "Delivery Status Notification (Failure)",
        "bounce",
        {"ada@example.com": "hard"},
        """** Address not found **

Your message wasn't delivered to ada@example.com because the domain example.com couldn't be found. Check for
typos or unnecessary spaces and try again.

The response was:

DNS Error: DNS type 'mx' lookup of example.com responded with code NXDOMAIN""",
    ),
    (
        "o365group",
        "Undeliverable: Dates",
        "bounce",
        {"ada@example.com": "hard"},
        """Your message to ada@example.com couldn't be delivered.

ada wasn't found at example.com.

iag	Office 365	ada
Action Required		Recipient
Unknown To address""",
    ),
    (
        "o365restricted",
        "Undeliverable: Dates",
        "bounce",
        {"ada@example.com": "soft"},
        """Your message to ada@example.com couldn't be delivered.

The group ada only accepts messages from people in its organization or on its allowed senders list, and your
email address isn't on the list.

Remote Server returned '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required;
Delivery restriction check failed because the sender was not authenticated when sending to this group'""",
    ),
    (
        "french",
        "Non remis : Dates",
        "bounce",
        {"ada@example.com": "hard"},
        """Votre message n'a pas pu être remis à ada@example.com.

550 5.1.1 Adresse d'au moins un destinataire invalide. Invalid recipient.""",
    ),
    (
        "bigfootish",
        "Returned mail: see transcript for details",
        "bounce",
        {"ada@example.com": "hard", "bob@example.net": "soft"},
        """The original message was received at Thu, 29 Apr 2010 23:34:45 +0900

   ----- The following addresses had permanent fatal errors -----
<ada@example.com>
<bob@example.net>

   ----- Transcript of session follows -----
... while talking to mx.example.com.:
>>> RCPT To:<ada@example.com>
<<< 553 Invalid recipient ada@example.com (Mode: normal)
550 5.1.1 <ada@example.com>... User unknown
... while talking to mx.example.net.:
>>> RCPT To:<bob@example.net>
<<< 552 5.2.2 <bob@example.net>... Mailbox full
554 <bob@example.net>... Service unavailable""",
    ),
]


@pytest.mark.parametrize(
    ("subject", "kind", "named", "text"), [row[1:] for row in REPORTS], ids=[row[0] for row in REPORTS]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_a_server_is_understood_in_its_own_words(
    subject: str, kind: str, named: dict[str, str], text: str, line_end: str
):
    raw = f"{HEADERS}Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    message = read("\n".join(raw.splitlines()).replace("\n", line_end).encode())

    assert message.kind == kind
    assert {bounce.recipient: bounce.severity for bounce in message.bounces} == named
    assert message.silence


@pytest.mark.parametrize(
    ("sender", "subject", "text", "kind"),
    [
        ("Ada <ada@example.com>", "Out of office: Dates", "Mail cannot be delivered to me until 3 March.", "automatic"),
        ("Ada <ada@example.com>", "Re: Undeliverable: Dates", "I got 550 user unknown for bob@example.com.", "person"),
        ("Postmaster <postmaster@example.net>", "Your question", "Mail to ada@example.com was rejected.", "automatic"),
        ("postmaster@example.net", "Quarantine digest", "You have 3 messages from ada@example.com.", "automatic"),
        ("Cron <root@example.net>", "Cron: backup", "The backup failed on root@example.net: disk full.", "person"),
    ],
)
def test_no_other_mail_is_taken_for_a_bounce(sender: str, subject: str, text: str, kind: str):
    message = read(f"From: {sender}\r\nTo: iag@example.org\r\nSubject: {subject}\r\n\r\n{text}\r\n".encode())

    assert (message.kind, message.bounces) == (kind, ())
