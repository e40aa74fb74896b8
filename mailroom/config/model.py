"""What config.toml may say: one frozen Struct a section, one described field a key.

The description, unit and default written here are the only ones: config.example.toml is printed
from them, and the sentences about a wrong value are made from the same types.
"""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, field

from mailroom.message.model import Border

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class Hours(NamedTuple):
    """A stretch of the day in the office's zone."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Read what `__str__` writes; a dash of any length will do.

        Raises:
            ValueError: these are no hours.
        """
        begins, dash, ends = text.replace("\N{EN DASH}", "-").partition("-")
        if not dash:
            raise ValueError(text)
        return cls(time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip()))

    def __str__(self) -> str:
        """Write the hours as config.toml does: 08:30-16:30."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "xoauth2"]

# The title of a type says, after "should be", what a right value looks like.
Text = Annotated[str, Meta(min_length=1, title="text between quotes")]
Host = Annotated[
    str,
    Meta(
        pattern=r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[?[0-9a-fA-F:]+\]?)$",
        title='one server\'s name alone, such as "imap.example.org"; the port has a key of its own',
    ),
]
EmailAddress = Annotated[
    str,
    Meta(
        pattern=r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+$",
        title='one email address, such as "iag@example.org"',
        extra={"folded": True},
    ),
]
Domain = Annotated[
    str,
    Meta(
        pattern=r"^[^\s@/:]+\.[^\s@/:]+$",
        title='a list of domains, such as ["example.org"]',
        extra={"folded": True},
    ),
]
Port = Annotated[int, Meta(ge=1, le=65535)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
Pace = Annotated[int, Meta(ge=0, le=10_000)]
Minutes = Annotated[int, Meta(ge=1, le=10_080)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of config.toml; unknown keys are faults, never ignored."""


class Office(Section, frozen=True, kw_only=True):
    """Whose mailbox this is, and where the office's files are."""

    name: Annotated[
        Text,
        Meta(description="The group's name, as mails show it.", examples=["Riverside Independent Advisory Group"]),
    ]
    mailbox: Annotated[
        EmailAddress,
        Meta(description="The shared mailbox's own address; every mail is sent from it.", examples=["iag@example.org"]),
    ]
    signature: Annotated[str, Meta(description="The line that signs automatic mails.")] = "The IAG coordinator's office"
    cover_phone: Annotated[
        str,
        Meta(description="A telephone number that is answered when the coordinator is away."),
    ] = ""
    zone: Annotated[ZoneInfo, Meta(description="The time zone the office lives by.")] = ZoneInfo("Europe/London")
    database: Annotated[
        Path,
        Meta(description="The one SQLite file that holds everything the service knows."),
    ] = Path("office.db")
    rules: Annotated[Path, Meta(description="The folder of sorting rules, cases, lists and the schedule.")] = Path(
        "rules",
    )
    templates: Annotated[Path, Meta(description="The folder of mail templates.")] = Path("templates")


class Login(Section, frozen=True, kw_only=True):
    """What both servers have in common: how to reach one and be let in."""

    password_file: Annotated[
        Path | None,
        Meta(
            description='A file whose one line is the password (an access token with auth = "xoauth2"); '
            "only its owner may read it.",
            examples=["mailbox-password"],
        ),
    ] = None
    password_env: Annotated[
        Text | None,
        Meta(description="Instead of a file: the environment variable that holds the password."),
    ] = None
    auth: Annotated[
        Auth,
        Meta(description="How to log in; xoauth2 takes its token from [m365] or the password file."),
    ] = "password"
    ca_file: Annotated[
        Path | None,
        Meta(description="Certificates to trust instead of the machine's own, for a private server."),
    ] = None


class Imap(Login, frozen=True, kw_only=True):
    """The server the mail is read from."""

    host: Annotated[Host, Meta(description="The server's name.", examples=["imap.example.org"])]
    port: Annotated[Port, Meta(description="Its port: 993 for tls, 143 for starttls.")] = 993
    security: Annotated[
        Security,
        Meta(description="Encryption from the first byte, by STARTTLS, or none (on this machine only)."),
    ] = "tls"
    user: Annotated[Text, Meta(description="The name to log in with.", examples=["iag@example.org"])]
    inbox: Annotated[Text, Meta(description="The folder new mail arrives in.")] = "INBOX"
    sent: Annotated[Text, Meta(description="The folder of mail we have sent.")] = "Sent"
    plus_addresses: Annotated[
        bool,
        Meta(
            description="Whether the server delivers iag+anything@ to this mailbox; answers then find the mail they "
            "answer even where its Message-ID is lost."
        ),
    ] = False
    idle_minutes: Annotated[
        float,
        Meta(gt=0, le=29, description="How long to wait for news before asking again, in minutes."),
    ] = 9
    poll_seconds: Annotated[
        Seconds, Meta(description="How often to look into Sent, and at saved files, in seconds.")
    ] = 30


class Smtp(Login, frozen=True, kw_only=True):
    """The server the mail is sent through."""

    host: Annotated[Host, Meta(description="The server's name.", examples=["smtp.example.org"])]
    port: Annotated[Port, Meta(description="Its port: 587 for starttls, 465 for tls.")] = 587
    security: Annotated[
        Security,
        Meta(description="Encryption from the first byte, by STARTTLS, or none (on this machine only)."),
    ] = "starttls"
    user: Annotated[
        str,
        Meta(
            description="The name to log in with; empty where the server asks for none.", examples=["iag@example.org"]
        ),
    ] = ""
    from_name: Annotated[
        str,
        Meta(description="The name shown beside our address; empty means the group's name."),
    ] = ""
    data_seconds: Annotated[
        Seconds,
        Meta(description="How long to wait for the reply after a message, in seconds (RFC 5321 asks for 600)."),
    ] = 600
    null_sender: Annotated[
        bool,
        Meta(description="Send automatic answers with an empty return path (RFC 3834), where the server allows it."),
    ] = False


class Trust(Section, frozen=True, kw_only=True):
    """Whose word is taken on where a message came from."""

    trusted_authserv: Annotated[
        tuple[Text, ...],
        Meta(
            description="Names our own receiving server signs its Authentication-Results with; with none, nobody is "
            "verified and nobody can command.",
            examples=[["mx.example.org"]],
        ),
    ] = ()
    mode: Annotated[
        Literal["rfc8601", "exchange-online"],
        Meta(description="How that header is written; Exchange Online leaves the name out."),
    ] = "rfc8601"
    arc_sealers: Annotated[
        tuple[Domain, ...],
        Meta(
            description="Domains of forwarders whose ARC seal is believed where passing a mail on broke its sender's "
            "own marks; with none, ARC counts for nothing.",
        ),
    ] = ()
    internal_domains: Annotated[
        tuple[Domain, ...],
        Meta(description="Domains of the force itself; a pretender to one is quarantined.", examples=[["example.org"]]),
    ] = ()


class M365(Section, frozen=True, kw_only=True):
    """The application that reads and sends for us in Exchange Online; needs `pip install mailroom[m365]`."""

    tenant: Annotated[Text, Meta(description="The tenant's id or domain.", examples=["example.org"])]
    client_id: Annotated[
        Text,
        Meta(description="The application's id.", examples=["00000000-0000-0000-0000-000000000000"]),
    ]
    client_secret_file: Annotated[
        Path,
        Meta(
            description="A file whose one line is the application's secret; only its owner may read it.",
            examples=["m365-secret"],
        ),
    ]


class Limits(Section, frozen=True, kw_only=True):
    """How much one message, or one fetch, may take."""

    message_mib: Annotated[Count, Meta(description="Bigger messages are set aside unread, in MiB.")] = 25
    reader_seconds: Annotated[Seconds, Meta(description="Longest time to read one message, in seconds.")] = 5
    reader_mib: Annotated[
        int,
        Meta(ge=64, le=65_536, description="Most memory to read one message, in MiB."),
    ] = 256
    batch_mib: Annotated[Count, Meta(description="Most mail to fetch in one go, in MiB.")] = 4
    batch_messages: Annotated[Count, Meta(description="Most messages to fetch in one go.")] = 100


class Rules(Section, frozen=True, kw_only=True):
    """What the coordinator's rules may use."""

    patterns: Annotated[
        bool,
        Meta(description="Whether rules may say “matches pattern”; patterns are for people who know them."),
    ] = False


class Answers(Section, frozen=True, kw_only=True):
    """How often one address may be answered automatically; a danger answer only by the day."""

    per_hour: Annotated[Count, Meta(description="Most automatic answers to one address in an hour.")] = 3
    per_day: Annotated[Count, Meta(description="Most automatic answers to one address in a day.")] = 10
    repeat_hours: Annotated[
        Count,
        Meta(description="How long the same acknowledgement is not repeated to the same person, in hours."),
    ] = 24


class Sending(Section, frozen=True, kw_only=True):
    """What happens to a mail that is sent, or cannot be."""

    sent_copy: Annotated[
        Literal["mailroom", "server"],
        Meta(description="Who files the copy in Sent; Exchange Online and Gmail do it themselves: server."),
    ] = "mailroom"
    retry_minutes_first: Annotated[Minutes, Meta(description="Wait before the first new try, in minutes.")] = 5
    retry_minutes_cap: Annotated[
        Minutes,
        Meta(description="Longest wait between tries, in minutes; it doubles up to this."),
    ] = 60
    give_up_hours: Annotated[Count, Meta(description="When to give up and tell the coordinator, in hours.")] = 48
    connections: Annotated[
        int,
        Meta(ge=1, le=4, description="How many mails may be on their way at once, where the server allows it."),
    ] = 1
    per_minute: Annotated[
        Pace,
        Meta(description="Most mails in a minute, 0 for no limit; Exchange Online takes 30. Answers never wait."),
    ] = 0
    per_domain_minute: Annotated[
        Pace,
        Meta(description="Most mails in a minute to addresses of one domain, 0 for no limit. Answers never wait."),
    ] = 0


class Bounces(Section, frozen=True, kw_only=True):
    """When an address is written to no more. One that does not exist is written off at once; others by points."""

    threshold: Annotated[
        float,
        Meta(gt=0, le=100, description="Points at which an address is written off, and the coordinator told."),
    ] = 3
    hard: Annotated[
        float,
        Meta(gt=0, le=100, description="Points for a day on which a mail to it was refused for good."),
    ] = 1
    soft: Annotated[
        float,
        Meta(gt=0, le=100, description="Points for a day on which one was refused for the time being."),
    ] = 0.5
    stale_days: Annotated[
        Count,
        Meta(description="After so many days without such a day, points count from nothing again."),
    ] = 45


class Figures(Section, frozen=True, kw_only=True):
    """What tables of figures may show where they leave the office."""

    smallest: Annotated[
        Count,
        Meta(description="Counts below this, zero among them, keep a table from leaving: small ones point to people."),
    ] = 10


class Alarms(Section, frozen=True, kw_only=True):
    """When silence is itself news."""

    silence_minutes: Annotated[
        Minutes,
        Meta(description="How long the mailbox may be out of reach before `status` alarms, in minutes."),
    ] = 15


class Working(Section, frozen=True, kw_only=True):
    """When the office works; a day with "" is a day off."""

    mon: Annotated[Hours | None, Meta(description="Working hours on Monday, in the office's zone.")] = Hours(
        time(8, 30), time(16, 30)
    )
    tue: Annotated[Hours | None, Meta(description="Working hours on Tuesday.")] = Hours(time(8, 30), time(16, 30))
    wed: Annotated[Hours | None, Meta(description="Working hours on Wednesday.")] = Hours(time(8, 30), time(16, 30))
    thu: Annotated[Hours | None, Meta(description="Working hours on Thursday.")] = Hours(time(8, 30), time(16, 30))
    fri: Annotated[Hours | None, Meta(description="Working hours on Friday.")] = Hours(time(8, 30), time(13, 0))
    sat: Annotated[Hours | None, Meta(description="Working hours on Saturday.")] = None
    sun: Annotated[Hours | None, Meta(description="Working hours on Sunday.")] = None
    quiet: Annotated[
        Hours | None,
        Meta(description='When nobody is nudged or reminded, and nothing goes that is late already; "" for never.'),
    ] = Hours(time(22), time(7))

    @property
    def week(self) -> tuple[Hours | None, ...]:
        """The working hours of each day, Monday first, as `date.weekday()` counts."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class Config(Struct, frozen=True, kw_only=True):
    """All of config.toml, checked; `path` is the file it came from and every Path in it is absolute."""

    path: Path
    office: Office
    imap: Imap
    smtp: Smtp
    trust: Trust = field(default_factory=Trust)
    m365: M365 | None = None
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)
    answers: Answers = field(default_factory=Answers)
    sending: Sending = field(default_factory=Sending)
    bounces: Bounces = field(default_factory=Bounces)
    figures: Figures = field(default_factory=Figures)
    alarms: Alarms = field(default_factory=Alarms)
    hours: Working = field(default_factory=Working)

    @property
    def border(self) -> Border:
        """Whose Authentication-Results the reader may believe."""
        return Border(self.trust.trusted_authserv, self.trust.mode, self.trust.arc_sealers)

    @property
    def from_name(self) -> str:
        """The name shown beside our address."""
        return self.smtp.from_name or self.office.name

    @property
    def on_loopback(self) -> bool:
        """Whether both servers are on this machine: only then may time be invented."""
        return self.imap.host in LOOPBACK and self.smtp.host in LOOPBACK
