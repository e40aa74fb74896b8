"""The tables, as an append-only list of migrations. One file is the whole office.

Times are text in UTC (`clock.stamp`), lists and free facts are JSON text. The journal is append-only:
the database itself refuses to change or remove a line of it.
"""

from sqlite_utils import Database, Migrations

from mailroom.store import (
    absences,
    acts,
    approvals,
    batches,
    bounces,
    case_drafts,
    case_facts,
    case_timers,
    codes,
    digest_lines,
    duties,
    frozen,
    items,
    kinship,
    merges,
    missed,
    needs,
    news_lines,
    newsletter,
    pending,
    places,
    proposals,
    search,
    states,
    tables,
    tasks,
)

APPLICATION_ID = 0x6D61696C
"""Written into the file's header ("mail"), so that `file` and we can tell an office from another database."""

migrations = Migrations("mailroom")


@migrations()
def the_office(db: Database) -> None:
    """Lay the tables of the first release."""
    for sql in tables.FIRST:
        db.execute(sql)
    for table in states.TABLES:
        db.execute(states.trigger(table))
    db.table("message_text").enable_fts(
        ["subject", "body"], tokenize="unicode61 remove_diacritics 2", create_triggers=True
    )


THREADS = (
    """ALTER TABLE messages ADD COLUMN direction TEXT NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out'))""",
    "ALTER TABLE messages ADD COLUMN conversation TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX messages_conversation ON messages (conversation) WHERE conversation <> ''",
    "ALTER TABLE outbox ADD COLUMN conversation TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN token TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN returned INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX outbox_conversation ON outbox (conversation) WHERE conversation <> ''",
    "CREATE UNIQUE INDEX outbox_token ON outbox (token) WHERE token <> ''",
    "CREATE INDEX outbox_thread ON outbox (thread_id)",
    "CREATE INDEX outbox_case ON outbox (case_id)",
    "ALTER TABLE cases ADD COLUMN answered_at TEXT",
    """CREATE TABLE addressed (
        message_id INTEGER NOT NULL REFERENCES messages (id), address TEXT NOT NULL,
        PRIMARY KEY (message_id, address)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE mentions (
        message_id TEXT NOT NULL, thread_id INTEGER NOT NULL REFERENCES threads (id),
        PRIMARY KEY (message_id, thread_id)
    ) STRICT, WITHOUT ROWID""",
)


@migrations()
def threads_by_more_than_message_ids(db: Database) -> None:
    """Keep what ties mails together besides their ids, and the answers a person typed in a mail program."""
    for sql in THREADS:
        db.execute(sql)


RULE_SETS = (
    """CREATE TABLE sets (
        id INTEGER PRIMARY KEY, turn INTEGER NOT NULL UNIQUE, sha256 TEXT NOT NULL, accepted_at TEXT NOT NULL,
        packed BLOB NOT NULL, who TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '',
        follows INTEGER REFERENCES sets (id)
    ) STRICT""",
    """INSERT INTO sets (id, turn, sha256, accepted_at, packed)
        SELECT id, row_number() OVER (ORDER BY accepted_at, id), sha256, accepted_at, packed FROM rule_sets""",
    "DROP TABLE rule_sets",
    "ALTER TABLE sets RENAME TO rule_sets",
)


@migrations()
def rule_sets_that_name_the_one_before(db: Database) -> None:
    """Keep of each set who brought it, what it changed and which it followed; the same may come twice."""
    for sql in RULE_SETS:
        db.execute(sql)


READINGS = (
    """CREATE TABLE readings (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
        shape INTEGER NOT NULL,
        packed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE confirmed (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
        class TEXT NOT NULL CHECK (class <> ''), by TEXT NOT NULL, at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX confirmed_at ON confirmed (at)",
    "CREATE INDEX journal_case ON journal (case_id) WHERE case_id IS NOT NULL",
)


@migrations()
def readings(db: Database) -> None:
    """Keep what deciding needs of each message, and what people have confirmed: `try` and suggestions stand on them."""
    for sql in READINGS:
        db.execute(sql)


@migrations()
def acts_that_can_be_undone(db: Database) -> None:
    """Note what each act changes, keep records and reminders, and let a person release what was set apart."""
    for sql in acts.TABLES:
        db.execute(sql)
    acts.watch(db)
    for table in states.TABLES:
        db.execute(f"DROP TRIGGER {table}_state")
        db.execute(states.trigger(table))


COMMANDS = (
    """CREATE TABLE codes (
        code TEXT PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id),
        about TEXT NOT NULL CHECK (about IN ('rules', 'mail')), subject_id INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        issued_at TEXT NOT NULL, expires_at TEXT NOT NULL,
        used TEXT NOT NULL DEFAULT '', used_at TEXT
    ) STRICT""",
    "CREATE INDEX codes_subject ON codes (about, subject_id)",
    """CREATE TABLE drafts (
        id INTEGER PRIMARY KEY,
        person_id TEXT NOT NULL REFERENCES people (id), by TEXT NOT NULL, words TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('faulty', 'waiting', 'live', 'refused')),
        sha256 TEXT NOT NULL, packed BLOB NOT NULL, base TEXT NOT NULL,
        cause_id INTEGER REFERENCES messages (id),
        created_at TEXT NOT NULL, settled_at TEXT
    ) STRICT""",
    """CREATE TABLE commands (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id),
        at TEXT NOT NULL, person_id TEXT NOT NULL REFERENCES people (id),
        verb TEXT NOT NULL, line TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
        about_message INTEGER REFERENCES messages (id), about_case INTEGER REFERENCES cases (id),
        about_set INTEGER REFERENCES rule_sets (id),
        outcome TEXT NOT NULL, done INTEGER NOT NULL
    ) STRICT""",
)


@migrations()
def commands(db: Database) -> None:
    """Keep the one-time codes, the changes that wait for one, and what commands by mail were about."""
    for sql in COMMANDS:
        db.execute(sql)


@migrations()
def where_each_message_lies(db: Database) -> None:
    """Keep where on the server each message lies, so that somebody else's moves can be told from ours."""
    for sql in places.TABLES:
        db.execute(sql)


@migrations()
def sendings_and_guards(db: Database) -> None:
    """Keep which sending a mail is one of, and what must hold as it leaves."""
    for sql in batches.TABLES:
        db.execute(sql)
    acts.watch(db)


BODIES = (
    """CREATE TABLE bodies (
        outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE, mime BLOB NOT NULL
    ) STRICT""",
    "INSERT INTO bodies (outbox_id, mime) SELECT id, mime FROM outbox",
    "ALTER TABLE outbox DROP COLUMN mime",
    "CREATE VIEW mails AS SELECT * FROM outbox JOIN bodies ON outbox_id = id",
)
"""A row is written anew, all its pages, at each change of its state: a mail of 25 KB would be written four times."""


@migrations()
def mails_apart_from_their_state(db: Database) -> None:
    """Keep the bytes of each mail in a table of their own."""
    for sql in BODIES:
        db.execute(sql)
    acts.watch(db)


@migrations()
def rules_proposed_from_corrections(db: Database) -> None:
    """Remember what was proposed, so that nothing is proposed twice."""
    for sql in proposals.TABLES:
        db.execute(sql)


@migrations()
def newsletter_and_sendings_to_approve(db: Database) -> None:
    """Keep the newsletter's issues and items, and the sendings that wait for a person's word."""
    for sql in (*newsletter.TABLES, *approvals.TABLES):
        db.execute(sql)


@migrations()
def duties_on_trial(db: Database) -> None:
    """Let an occurrence of a duty end as a trial, which mails nobody."""
    for sql in duties.TABLES:
        db.execute(sql)


@migrations()
def what_people_missed(db: Database) -> None:
    """Remember what somebody missed, and how often mail to an address has come back."""
    for sql in (*missed.TABLES, *bounces.TABLES):
        db.execute(sql)


@migrations()
def merged_cases_and_threads_cut(db: Database) -> None:
    """Let one case go into another, and let cutting a thread be taken back."""
    for sql in merges.TABLES:
        db.execute(sql)
    acts.watch(db)


@migrations()
def words_given_on_more(db: Database) -> None:
    """Let a code stand for a mail in doubt, a case or a command; keep what was shown first, and who is away."""
    for sql in (*codes.ABOUT_ALL, *pending.TABLES, *absences.TABLES):
        db.execute(sql)


@migrations()
def tasks_by_mail(db: Database) -> None:
    """Remember which tasks were put to somebody by mail, who does one, and which rest until a day."""
    for sql in tasks.TABLES:
        db.execute(sql)
    acts.watch(db)


@migrations()
def cases_and_people_by_words(db: Database) -> None:
    """Let cases and people be found by their words, as messages are."""
    for sql in search.TABLES:
        db.execute(sql)


@migrations()
def cases_that_keep_time(db: Database) -> None:
    """Give cases clocks, items, groups, kin and named drafts, and say what must hold as a mail of theirs leaves."""
    for part in (case_facts, case_timers, items, frozen, kinship, case_drafts, digest_lines, needs):
        for sql in part.TABLES:
            db.execute(sql)
    acts.watch(db)


@migrations()
def newsletter_pictures(db: Database) -> None:
    """Keep the pictures of the newsletter's items as they are shown."""
    for sql in newsletter.PICTURES:
        db.execute(sql)


@migrations()
def newsletter_lines(db: Database) -> None:
    """Keep what the coordinator gives an issue of the newsletter besides its items."""
    for sql in news_lines.TABLES:
        db.execute(sql)
