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
    newsletter,
    pending,
    places,
    proposals,
    search,
    states,
    tasks,
)

APPLICATION_ID = 0x6D61696C
"""Written into the file's header ("mail"), so that `file` and we can tell an office from another database."""

migrations = Migrations("mailroom")

TABLES = (
    """CREATE TABLE mailboxes (
        name TEXT PRIMARY KEY,
        uidvalidity INTEGER NOT NULL,
        history_below INTEGER NOT NULL,
        last_uid INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE people (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL CHECK (name <> ''),
        kind TEXT NOT NULL CHECK (kind IN
            ('member', 'officer', 'desk', 'partner', 'applicant', 'former', 'public')),
        organisation TEXT NOT NULL DEFAULT '',
        rank TEXT NOT NULL DEFAULT '',
        station TEXT NOT NULL DEFAULT '',
        phone TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT '',
        joined TEXT, "left" TEXT, agreement_until TEXT,
        newsletter INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE addresses (
        email TEXT PRIMARY KEY CHECK (email = lower(email) AND email LIKE '%@%'),
        person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        status TEXT NOT NULL DEFAULT 'ok'
            CHECK (status IN ('ok', 'soft', 'suspended', 'unverified', 'retired')),
        is_primary INTEGER NOT NULL DEFAULT 0,
        verified_how TEXT NOT NULL DEFAULT '', verified_on TEXT
    ) STRICT""",
    "CREATE UNIQUE INDEX one_primary_address ON addresses (person_id) WHERE is_primary = 1",
    """CREATE TABLE roles (
        person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
        role TEXT NOT NULL,
        PRIMARY KEY (person_id, role)
    ) STRICT""",
    """CREATE TABLE members (
        person_id TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
        vetting_level TEXT NOT NULL DEFAULT '', vetting_from TEXT, vetting_to TEXT,
        vetting_status TEXT NOT NULL DEFAULT '', ladder_sent TEXT NOT NULL DEFAULT '[]',
        confidentiality_signed TEXT, ci_input TEXT, residency_seen TEXT,
        tor_version TEXT NOT NULL DEFAULT '', tor_acknowledged TEXT, privacy_notice TEXT NOT NULL DEFAULT '',
        skills TEXT NOT NULL DEFAULT '[]', links TEXT NOT NULL DEFAULT '[]', links_consent TEXT,
        recused_for TEXT NOT NULL DEFAULT '[]', format TEXT NOT NULL DEFAULT 'standard',
        leave_until TEXT
    ) STRICT""",
    """CREATE TABLE threads (
        id INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,
        opened_at TEXT NOT NULL
    ) STRICT""",
    f"""CREATE TABLE messages (
        id INTEGER PRIMARY KEY,
        mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,
        state TEXT NOT NULL CHECK ({states.check("messages")}),
        reason TEXT NOT NULL DEFAULT '',
        attempts INTEGER NOT NULL DEFAULT 0,
        history INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL, sha256 TEXT NOT NULL,
        received_at TEXT NOT NULL, stored_at TEXT NOT NULL, handled_at TEXT, filed_at TEXT,
        folder TEXT NOT NULL DEFAULT '',
        message_id TEXT NOT NULL DEFAULT '', claimed_date TEXT,
        from_name TEXT NOT NULL DEFAULT '', from_address TEXT NOT NULL DEFAULT '',
        subject TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', marking TEXT NOT NULL DEFAULT '',
        class TEXT NOT NULL DEFAULT '', flags TEXT NOT NULL DEFAULT '[]',
        priority INTEGER NOT NULL DEFAULT 0, priority_words TEXT NOT NULL DEFAULT '',
        person_id TEXT REFERENCES people (id), trust TEXT NOT NULL DEFAULT '',
        thread_id INTEGER REFERENCES threads (id),
        duplicate_of INTEGER REFERENCES messages (id),
        decision TEXT NOT NULL DEFAULT '{{}}',
        UNIQUE (mailbox, uidvalidity, uid)
    ) STRICT""",
    "CREATE INDEX messages_state ON messages (state)",
    "CREATE INDEX messages_message_id ON messages (message_id)",
    "CREATE INDEX messages_sha256 ON messages (sha256)",
    "CREATE INDEX messages_thread ON messages (thread_id)",
    "CREATE INDEX messages_person ON messages (person_id, received_at)",
    "CREATE INDEX messages_unfiled ON messages (mailbox, uidvalidity) WHERE filed_at IS NULL",
    """CREATE TABLE message_raw (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id),
        packed BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE message_text (
        message_id INTEGER PRIMARY KEY REFERENCES messages (id),
        subject TEXT NOT NULL, body TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE cases (
        id INTEGER PRIMARY KEY,
        ref TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL, stage TEXT NOT NULL, final INTEGER NOT NULL DEFAULT 0,
        owner TEXT NOT NULL DEFAULT '', requester_id TEXT REFERENCES people (id),
        requester_address TEXT NOT NULL DEFAULT '',
        opened_at TEXT NOT NULL, opened_by INTEGER REFERENCES messages (id),
        entered_at TEXT NOT NULL, due TEXT, closed_at TEXT,
        place TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}'
    ) STRICT""",
    "CREATE INDEX cases_open ON cases (kind, stage) WHERE final = 0",
    """CREATE TABLE case_events (
        id INTEGER PRIMARY KEY,
        case_id INTEGER NOT NULL REFERENCES cases (id),
        at TEXT NOT NULL, event TEXT NOT NULL, from_stage TEXT NOT NULL, to_stage TEXT NOT NULL,
        message_id INTEGER REFERENCES messages (id),
        why TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX case_events_case ON case_events (case_id)",
    """CREATE TABLE counters (
        prefix TEXT NOT NULL, year INTEGER NOT NULL, last INTEGER NOT NULL,
        PRIMARY KEY (prefix, year)
    ) STRICT""",
    """CREATE TABLE links (
        id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL REFERENCES messages (id),
        case_id INTEGER REFERENCES cases (id),
        person_id TEXT REFERENCES people (id),
        state TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'refused')),
        how TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,
        CHECK ((case_id IS NULL) <> (person_id IS NULL)),
        UNIQUE (message_id, case_id), UNIQUE (message_id, person_id)
    ) STRICT""",
    "CREATE INDEX links_case ON links (case_id)",
    """CREATE TABLE tasks (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL, text TEXT NOT NULL,
        message_id INTEGER REFERENCES messages (id), case_id INTEGER REFERENCES cases (id),
        opened_at TEXT NOT NULL, due TEXT, done_at TEXT
    ) STRICT""",
    f"""CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        recipient TEXT NOT NULL CHECK (recipient LIKE '%_@_%' AND recipient NOT LIKE '%,%'
            AND recipient NOT LIKE '% %' AND recipient NOT LIKE '%;%'),
        person_id TEXT REFERENCES people (id),
        kind TEXT NOT NULL CHECK (kind IN ('ack', 'alert', 'danger', 'task', 'notice', 'digest', 'mail', 'forward')),
        template TEXT NOT NULL, subject TEXT NOT NULL,
        message_id TEXT NOT NULL UNIQUE,
        mime BLOB NOT NULL, sha256 TEXT NOT NULL,
        state TEXT NOT NULL CHECK ({states.check("outbox")}),
        reason TEXT NOT NULL DEFAULT '', reply TEXT NOT NULL DEFAULT '',
        case_id INTEGER REFERENCES cases (id), cause_id INTEGER REFERENCES messages (id),
        thread_id INTEGER REFERENCES threads (id),
        created_at TEXT NOT NULL, not_before TEXT NOT NULL, expires TEXT,
        attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL,
        claimed_at TEXT, settled_at TEXT, doubtful_at TEXT, copied_at TEXT
    ) STRICT""",
    "CREATE INDEX outbox_due ON outbox (state, next_at)",
    "CREATE INDEX outbox_recipient ON outbox (recipient, created_at)",
    "CREATE INDEX outbox_uncopied ON outbox (id) WHERE state = 'sent' AND copied_at IS NULL",
    """CREATE TABLE bounces (
        id INTEGER PRIMARY KEY,
        message_id INTEGER NOT NULL REFERENCES messages (id),
        outbox_id INTEGER REFERENCES outbox (id),
        recipient TEXT NOT NULL, status TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('hard', 'soft')),
        UNIQUE (message_id, recipient)
    ) STRICT""",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL, event TEXT NOT NULL, words TEXT NOT NULL,
        message_id INTEGER, case_id INTEGER, outbox_id INTEGER
    ) STRICT""",
    "CREATE INDEX journal_message ON journal (message_id)",
    """CREATE TRIGGER journal_no_change BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_no_removal BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TABLE duty_runs (
        key TEXT PRIMARY KEY, duty TEXT NOT NULL,
        due_at TEXT NOT NULL, ran_at TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('done', 'stale', 'failed')), words TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX duty_runs_duty ON duty_runs (duty, due_at)",
    """CREATE TABLE alarms (
        key TEXT PRIMARY KEY, words TEXT NOT NULL, since TEXT NOT NULL, told_at TEXT, cleared_at TEXT
    ) STRICT""",
    """CREATE TABLE rule_sets (
        id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, accepted_at TEXT NOT NULL, packed BLOB NOT NULL
    ) STRICT""",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)


@migrations()
def the_office(db: Database) -> None:
    """Lay the tables of the first release."""
    for sql in TABLES:
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
