"""The tables of the first release; what has come since is in `schema`, a migration each.

Times are text in UTC (`clock.stamp`), lists and free facts are JSON text.
"""

from mailroom.store import states

FIRST = (
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
