-- The ledger: double entry, append-only, hash-chained; and everything a card tap touches.
-- Money is whole rupiah. In postings a positive amount is a credit, a negative one a debit.
-- Times are Unix milliseconds, days are WIB days since 1970-01-01. Never edit this file once landed.

CREATE TABLE ledger_account (
  account_id INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('customer','till','cash_drawer','midtrans_clearing','fees','adjustments'))
) STRICT;

-- One row of each station-wide kind, with fixed numbers.
INSERT INTO ledger_account (account_id, kind) VALUES
  (1, 'cash_drawer'), (2, 'midtrans_clearing'), (3, 'fees'), (4, 'adjustments');
CREATE UNIQUE INDEX ledger_account_single ON ledger_account (kind) WHERE kind NOT IN ('customer', 'till');

CREATE TRIGGER ledger_account_keep_kind BEFORE UPDATE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger accounts are never changed'); END;
CREATE TRIGGER ledger_account_keep BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger accounts are never deleted'); END;

-- The fold of all postings, kept row by row so that a tap is one look-up. `ledger verify` derives it anew.
CREATE TABLE balance (
  account_id INTEGER PRIMARY KEY REFERENCES ledger_account,
  settled    INTEGER NOT NULL DEFAULT 0,
  held       INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
  -- Lowest settled - held; NULL: any.
  floor      INTEGER,
  spent_day  INTEGER NOT NULL DEFAULT 0,
  spent      INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
  CHECK (floor IS NULL OR settled - held >= floor)
) STRICT;
INSERT INTO balance (account_id) VALUES (1), (2), (3), (4);

CREATE TABLE journal_entry (
  entry_id    INTEGER PRIMARY KEY CHECK (entry_id > 0),
  kind        TEXT NOT NULL CHECK (kind IN ('tap','cash_topup','midtrans_topup','adjustment','reversal','fee')),
  phase       TEXT NOT NULL CHECK (phase IN ('pending','posted','voided')),
  at_ms       INTEGER NOT NULL,
  wib_day     INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  memo        TEXT NOT NULL,
  pending_id  INTEGER REFERENCES journal_entry,
  reverses_id INTEGER REFERENCES journal_entry,
  hash        BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK (phase <> 'voided' OR pending_id IS NOT NULL),
  CHECK (phase <> 'pending' OR pending_id IS NULL),
  CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL))
) STRICT;
-- A pending entry is resolved once, an entry is taken back once.
CREATE UNIQUE INDEX journal_entry_resolves ON journal_entry (pending_id) WHERE pending_id IS NOT NULL;
CREATE UNIQUE INDEX journal_entry_reverses ON journal_entry (reverses_id) WHERE reverses_id IS NOT NULL;

-- Lines come before their entry: the entry's trigger then sees whether they cancel out.
CREATE TABLE posting (
  entry_id   INTEGER NOT NULL REFERENCES journal_entry DEFERRABLE INITIALLY DEFERRED,
  line       INTEGER NOT NULL CHECK (line >= 0),
  account_id INTEGER NOT NULL REFERENCES ledger_account,
  amount     INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (entry_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_account ON posting (account_id, entry_id);

CREATE TRIGGER journal_entry_balanced BEFORE INSERT ON journal_entry
WHEN (SELECT count(*) < 2 OR coalesce(sum(amount), 1) <> 0 FROM posting WHERE entry_id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'postings do not sum to zero'); END;
CREATE TRIGGER journal_entry_dense BEFORE INSERT ON journal_entry
WHEN NEW.entry_id <> (SELECT coalesce(max(entry_id), 0) + 1 FROM journal_entry)
BEGIN SELECT RAISE(ABORT, 'journal entries are numbered without gaps'); END;
CREATE TRIGGER posting_before_entry BEFORE INSERT ON posting
WHEN EXISTS (SELECT 1 FROM journal_entry WHERE entry_id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'a journal entry takes no more postings'); END;
CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE customer (
  account_id INTEGER PRIMARY KEY REFERENCES ledger_account,
  name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  nim        TEXT UNIQUE CHECK (length(nim) BETWEEN 5 AND 15),
  state      TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active','frozen','closed')),
  reason     TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_name ON customer (name COLLATE NOCASE, account_id);

CREATE TABLE card (
  card_id     INTEGER PRIMARY KEY,
  uid         TEXT NOT NULL UNIQUE CHECK (length(uid) IN (8, 14, 20)),
  account_id  INTEGER NOT NULL REFERENCES customer,
  state       TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active','frozen','lost','closed')),
  reason      TEXT NOT NULL DEFAULT '',
  enrolled_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX card_account ON card (account_id);

CREATE TABLE till (
  till_id        INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL UNIQUE REFERENCES ledger_account,
  name           TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
  place          TEXT NOT NULL DEFAULT '',
  price          INTEGER CHECK (price > 0),
  is_default     INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  -- Rises with each armed sale; armed_amount is NULL when none waits.
  sale           INTEGER NOT NULL DEFAULT 0,
  armed_amount   INTEGER CHECK (armed_amount > 0),
  armed_until_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX till_default ON till (is_default) WHERE is_default = 1;

CREATE TABLE reader (
  name            TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 32),
  kind            TEXT NOT NULL CHECK (kind IN ('v2','legacy','screen')),
  till_id         INTEGER REFERENCES till,
  password_hash   TEXT NOT NULL,
  signed          INTEGER NOT NULL DEFAULT 0 CHECK (signed IN (0, 1)),
  may_set_amount  INTEGER NOT NULL DEFAULT 0 CHECK (may_set_amount IN (0, 1)),
  revoked         INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),
  -- Highest sequence number seen in the latest boot, for signed readers.
  boot            TEXT,
  sequence        INTEGER,
  created_ms      INTEGER NOT NULL
) STRICT;

-- Every tap that was understood, charged or not: the stored outcome that repeats are answered with.
CREATE TABLE payment (
  payment_id     INTEGER PRIMARY KEY CHECK (payment_id > 0),
  source         TEXT NOT NULL CHECK (source IN ('legacy','v2')),
  reader         TEXT,
  request_id     TEXT,
  fingerprint    BLOB NOT NULL CHECK (length(fingerprint) = 32),
  at_ms          INTEGER NOT NULL,
  wib_day        INTEGER NOT NULL,
  till_id        INTEGER REFERENCES till,
  sale           INTEGER,
  card           TEXT NOT NULL,
  echo           TEXT NOT NULL,
  account_id     INTEGER REFERENCES customer,
  amount         INTEGER NOT NULL CHECK (amount >= 0),
  outcome        TEXT NOT NULL CHECK (outcome IN ('ok','low','frozen','lost','unknown','dup','limit','unarmed','late','auth','err')),
  detail         INTEGER,
  balance_before INTEGER,
  balance_after  INTEGER,
  entry_id       INTEGER UNIQUE REFERENCES journal_entry,
  first_id       INTEGER REFERENCES payment,
  hash           BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK ((outcome = 'ok') = (entry_id IS NOT NULL)),
  CHECK ((outcome = 'dup') = (first_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX payment_request ON payment (reader, request_id) WHERE request_id IS NOT NULL;
-- Charged ones of a customer are found through the customer's postings.
CREATE INDEX payment_account_refused ON payment (account_id, payment_id) WHERE outcome <> 'ok' AND account_id IS NOT NULL;
CREATE INDEX payment_till ON payment (till_id, payment_id);
CREATE INDEX payment_till_day ON payment (till_id, wib_day, amount) WHERE outcome = 'ok';
CREATE INDEX payment_first ON payment (first_id) WHERE first_id IS NOT NULL;
CREATE TRIGGER payment_no_update BEFORE UPDATE ON payment
BEGIN SELECT RAISE(ABORT, 'payments are append-only'); END;
CREATE TRIGGER payment_no_delete BEFORE DELETE ON payment
BEGIN SELECT RAISE(ABORT, 'payments are append-only'); END;

-- The last charged tap of each card at each till, for the double-tap window. A row in place, where an index over
-- payments would touch a page of its own for every customer.
CREATE TABLE last_paid (
  account_id INTEGER NOT NULL REFERENCES customer,
  till_id    INTEGER NOT NULL REFERENCES till,
  card       TEXT NOT NULL,
  payment_id INTEGER NOT NULL REFERENCES payment,
  at_ms      INTEGER NOT NULL,
  sale       INTEGER,
  PRIMARY KEY (account_id, till_id, card)
) STRICT, WITHOUT ROWID;

-- Requests of people (top-ups, reversals, new customers): caller's id → what was done.
CREATE TABLE request (
  request_id  TEXT PRIMARY KEY CHECK (length(request_id) BETWEEN 1 AND 64),
  command     TEXT NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  at_ms       INTEGER NOT NULL,
  -- What was done, or the refusal.
  account_id  INTEGER,
  entry_id    INTEGER REFERENCES journal_entry,
  balance     INTEGER,
  refusal     TEXT
) STRICT;
CREATE INDEX request_entry ON request (entry_id) WHERE entry_id IS NOT NULL;

-- Messages that were not carried out as a tap.
CREATE TABLE rejected (
  rejected_id INTEGER PRIMARY KEY,
  at_ms       INTEGER NOT NULL,
  wib_day     INTEGER NOT NULL,
  topic       TEXT NOT NULL,
  sender      TEXT,
  reason      TEXT NOT NULL,
  bytes       INTEGER NOT NULL,
  excerpt     TEXT NOT NULL,
  -- What was answered, if anything.
  answer      TEXT
) STRICT;
CREATE INDEX rejected_day ON rejected (wib_day);

-- Results on their way to readers, in the order they were committed.
CREATE TABLE outbox (
  outbox_id   INTEGER PRIMARY KEY,
  payment_id  INTEGER REFERENCES payment,
  rejected_id INTEGER REFERENCES rejected,
  channel     TEXT NOT NULL CHECK (channel IN ('v2','success','failed')),
  -- Whom a v2 result is for.
  reader      TEXT,
  -- v2: the JSON before its signature. Legacy: the text.
  body        TEXT NOT NULL,
  at_ms       INTEGER NOT NULL,
  CHECK ((payment_id IS NULL) <> (rejected_id IS NULL)),
  CHECK ((channel = 'v2') = (reader IS NOT NULL))
) STRICT;
-- How far each destination has come: every row up to it is published.
CREATE TABLE outbox_mark (
  destination  TEXT PRIMARY KEY,
  sent_through INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_mark VALUES ('mqtt', 0);

-- Cards nobody knows, offered for enrolment.
CREATE TABLE unknown_card (
  uid       TEXT PRIMARY KEY,
  till_id   INTEGER REFERENCES till,
  last_ms   INTEGER NOT NULL,
  taps      INTEGER NOT NULL,
  dismissed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- People.
CREATE TABLE operator (
  operator_id   INTEGER PRIMARY KEY,
  name          TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 2 AND 40),
  role          TEXT NOT NULL CHECK (role IN ('owner','operator','cashier')),
  password_hash TEXT NOT NULL,
  active        INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  created_ms    INTEGER NOT NULL
) STRICT;

-- Sessions by the SHA-256 of their token: of an operator, or of one till's counter.
CREATE TABLE session (
  token_hash  BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
  operator_id INTEGER REFERENCES operator,
  till_id     INTEGER REFERENCES till,
  created_ms  INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  CHECK ((operator_id IS NULL) <> (till_id IS NULL))
) STRICT;

-- Acts of people that move no money: who, what, when. Append-only.
CREATE TABLE act (
  act_id INTEGER PRIMARY KEY,
  at_ms  INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  what   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER act_no_update BEFORE UPDATE ON act
BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;
CREATE TRIGGER act_no_delete BEFORE DELETE ON act
BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;

-- One typed document; its version rises with each change.
CREATE TABLE settings (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  version  INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT;
-- A random name of this station, for its vault entries.
CREATE TABLE station (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  station_id TEXT NOT NULL,
  try_out    INTEGER NOT NULL DEFAULT 0 CHECK (try_out IN (0, 1))
) STRICT;
