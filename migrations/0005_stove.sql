-- Stoves: the registry, keys, readings, evidence, forwarding, changes of keys, tariffs. Never edit this file once landed.
-- `…_ms` are Unix milliseconds of the station, `t` and `…_s` Unix seconds. Energy is in thousandths of a kilowatt-hour.
-- Secrets are in the vault: `stove-key/<stove_id>/<key_id>`. Words are those of gerai_core::stove.

CREATE TABLE stove (
  stove_id        INTEGER PRIMARY KEY,
  number          TEXT NOT NULL UNIQUE CHECK (length(number) = 11),
  -- The number before the last change of number: old tokens still come in under it.
  previous_number TEXT,
  label           TEXT NOT NULL DEFAULT '',
  place           TEXT NOT NULL DEFAULT '',
  note            TEXT NOT NULL DEFAULT '',
  -- Millionths of a degree: set by hand, and where it was last read.
  lat             INTEGER,
  lon             INTEGER,
  seen_lat        INTEGER,
  seen_lon        INTEGER,
  tariff          TEXT NOT NULL DEFAULT '',
  -- Meters that were replaced.
  epoch           INTEGER NOT NULL DEFAULT 0,
  created_ms      INTEGER NOT NULL,
  -- Of its newest reading by its own time, and when something last came in.
  last_t          INTEGER,
  last_total      INTEGER,
  last_signature  TEXT,
  last_ms         INTEGER,
  readings        INTEGER NOT NULL DEFAULT 0,
  evidence        INTEGER NOT NULL DEFAULT 0,
  -- Visits without a reading since the last one.
  unread          INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX stove_previous ON stove (previous_number) WHERE previous_number IS NOT NULL;
CREATE INDEX stove_unread_some ON stove (number) WHERE unread > 0;

CREATE TABLE stove_key (
  key_id     INTEGER PRIMARY KEY AUTOINCREMENT,
  stove_id   INTEGER NOT NULL REFERENCES stove,
  -- `retired`: out of use, its vault entry is removed. `making`: not in the vault for sure yet.
  slot       TEXT NOT NULL CHECK (slot IN ('making','current','previous','pending','retired')),
  made_ms    INTEGER NOT NULL,
  made_by    TEXT NOT NULL,
  -- JSON list of what is weak about it.
  warnings   TEXT NOT NULL DEFAULT '[]',
  retired_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX stove_key_slot ON stove_key (stove_id, slot) WHERE slot IN ('current','previous','pending');

-- What stoves said. Never altered: judgements are rows of their own, `judged_total` and `standing` are the newest one.
CREATE TABLE stove_reading (
  reading_id   INTEGER PRIMARY KEY AUTOINCREMENT,
  stove_id     INTEGER NOT NULL REFERENCES stove,
  hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  token        TEXT NOT NULL,
  version      INTEGER NOT NULL,
  -- NULL from here to `slot` where the version is not known.
  t            INTEGER,
  total        INTEGER,
  month        INTEGER,
  volts        INTEGER,
  milliamps    INTEGER,
  watts        INTEGER,
  centi_pf     INTEGER,
  slot         INTEGER,
  epoch        INTEGER NOT NULL DEFAULT 0,
  -- A neighbour of others and part of charts: it counts, and its time is possible.
  in_series    INTEGER NOT NULL CHECK (in_series IN (0, 1)),
  signature    TEXT NOT NULL,
  -- JSON list of flags, and the worst: 0 none, 1 notice, 2 warning, 3 alarm.
  flags        TEXT NOT NULL DEFAULT '[]',
  severity     INTEGER NOT NULL DEFAULT 0 CHECK (severity BETWEEN 0 AND 3),
  standing     TEXT NOT NULL CHECK (standing IN ('raw','validated','estimated','edited')),
  judged_total INTEGER,
  -- The counter that counts.
  figure       INTEGER GENERATED ALWAYS AS (coalesce(judged_total, total)) VIRTUAL,
  oddities     TEXT NOT NULL DEFAULT '',
  source       TEXT NOT NULL CHECK (source IN ('webcam','image','paste','bluetooth','http')),
  method       TEXT NOT NULL CHECK (method IN ('qrcode','bluetooth')),
  officer      TEXT NOT NULL,
  note         TEXT NOT NULL DEFAULT '',
  lat          INTEGER,
  lon          INTEGER,
  scanned_ms   INTEGER NOT NULL,
  scans        INTEGER NOT NULL DEFAULT 1,
  last_scan_ms INTEGER NOT NULL
) STRICT;
-- Neighbours and charts are answered by this index alone.
CREATE INDEX stove_reading_time ON stove_reading (stove_id, t, in_series, epoch, figure, watts);
CREATE INDEX stove_reading_came ON stove_reading (scanned_ms);
CREATE INDEX stove_reading_of ON stove_reading (stove_id, reading_id);
CREATE INDEX stove_reading_open ON stove_reading (stove_id, severity) WHERE severity >= 2 AND standing = 'raw';
CREATE INDEX stove_reading_flagged ON stove_reading (reading_id) WHERE severity > 0;
CREATE INDEX stove_reading_doubtful ON stove_reading (signature, reading_id) WHERE signature <> 'valid';

-- First and last reading of each month and meter: a year is read from some dozen rows, however many readings there are.
CREATE TABLE stove_month (
  stove_id    INTEGER NOT NULL REFERENCES stove,
  -- Months since January of the year 0, WIB.
  month       INTEGER NOT NULL,
  epoch       INTEGER NOT NULL,
  first_t     INTEGER NOT NULL,
  first_total INTEGER NOT NULL,
  last_t      INTEGER NOT NULL,
  last_total  INTEGER NOT NULL,
  readings    INTEGER NOT NULL,
  backwards   INTEGER NOT NULL DEFAULT 0 CHECK (backwards IN (0, 1)),
  PRIMARY KEY (stove_id, month, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE stove_judgement (
  judgement_id INTEGER PRIMARY KEY,
  reading_id   INTEGER NOT NULL REFERENCES stove_reading,
  at_ms        INTEGER NOT NULL,
  standing     TEXT NOT NULL,
  total        INTEGER,
  reason       TEXT NOT NULL,
  by           TEXT NOT NULL
) STRICT;
CREATE INDEX stove_judgement_of ON stove_judgement (reading_id);

-- Tokens that none of the stove's registered keys made: no readings, never forwarded.
CREATE TABLE stove_evidence (
  evidence_id INTEGER PRIMARY KEY,
  stove_id    INTEGER NOT NULL REFERENCES stove,
  hash        BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  token       TEXT NOT NULL,
  signature   TEXT NOT NULL,
  source      TEXT NOT NULL,
  officer     TEXT NOT NULL,
  at_ms       INTEGER NOT NULL,
  last_ms     INTEGER NOT NULL,
  scans       INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX stove_evidence_of ON stove_evidence (stove_id, evidence_id);

CREATE TABLE stove_unread (
  unread_id INTEGER PRIMARY KEY,
  stove_id  INTEGER NOT NULL REFERENCES stove,
  at_ms     INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  note      TEXT NOT NULL,
  officer   TEXT NOT NULL,
  lat       INTEGER,
  lon       INTEGER
) STRICT;
CREATE INDEX stove_unread_of ON stove_unread (stove_id, unread_id);

-- The picture a code was read in, as PNG.
CREATE TABLE stove_frame (
  reading_id INTEGER PRIMARY KEY REFERENCES stove_reading,
  at_ms      INTEGER NOT NULL,
  png        BLOB NOT NULL
) STRICT;

-- Readings on their way to the server.
CREATE TABLE stove_forward (
  reading_id    INTEGER PRIMARY KEY REFERENCES stove_reading,
  stove_id      INTEGER NOT NULL REFERENCES stove,
  -- The stove's time, or when it came in: the order of one stove's readings.
  t             INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('queued','sending','accepted','rejected','dead')),
  attempts      INTEGER NOT NULL DEFAULT 0,
  -- Since when every attempt failed at the server.
  failing_ms    INTEGER,
  last_status   INTEGER,
  last_answer   TEXT NOT NULL DEFAULT '',
  last_ms       INTEGER
) STRICT;
CREATE INDEX stove_forward_order ON stove_forward (stove_id, t, reading_id) WHERE state IN ('queued','sending');
CREATE INDEX stove_forward_state ON stove_forward (state, reading_id) WHERE state <> 'accepted';
CREATE INDEX stove_forward_of ON stove_forward (stove_id, reading_id);

-- Stoves of which something waits: when their first reading may go, and whether it is on its way.
CREATE TABLE stove_queue (
  stove_id INTEGER PRIMARY KEY REFERENCES stove,
  busy     INTEGER NOT NULL DEFAULT 0 CHECK (busy IN (0, 1)),
  due_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX stove_queue_due ON stove_queue (busy, due_ms);

CREATE TABLE stove_forward_day (
  -- WIB day, days since 1970-01-01.
  day      INTEGER PRIMARY KEY,
  accepted INTEGER NOT NULL
) STRICT;

CREATE TABLE stove_switch (
  one              INTEGER PRIMARY KEY CHECK (one = 1),
  paused           INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  last_accepted_ms INTEGER
) STRICT;
INSERT INTO stove_switch (one) VALUES (1);

-- Changes of a stove's secret or number. Each step is committed before anything is done.
CREATE TABLE stove_change (
  change_id  INTEGER PRIMARY KEY AUTOINCREMENT,
  stove_id   INTEGER NOT NULL REFERENCES stove,
  kind       TEXT NOT NULL CHECK (kind IN ('secret','id')),
  state      TEXT NOT NULL,
  reached    INTEGER NOT NULL DEFAULT 0 CHECK (reached IN (0, 1)),
  open       INTEGER NOT NULL CHECK (open IN (0, 1)),
  old_number TEXT,
  new_number TEXT,
  -- The key that the change brings.
  key_id     INTEGER REFERENCES stove_key,
  begun_ms   INTEGER NOT NULL,
  begun_by   TEXT NOT NULL,
  moved_ms   INTEGER NOT NULL,
  -- The last write began.
  wrote_ms   INTEGER,
  notice     TEXT,
  trouble    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX stove_change_open ON stove_change (stove_id) WHERE open = 1;
CREATE UNIQUE INDEX stove_change_number ON stove_change (new_number) WHERE open = 1 AND new_number IS NOT NULL;
CREATE INDEX stove_change_of ON stove_change (stove_id, change_id);

CREATE TABLE stove_replacement (
  stove_id    INTEGER NOT NULL REFERENCES stove,
  at_s        INTEGER NOT NULL,
  last_total  INTEGER,
  first_total INTEGER,
  note        TEXT NOT NULL,
  by          TEXT NOT NULL,
  said_ms     INTEGER NOT NULL,
  PRIMARY KEY (stove_id, at_s)
) STRICT, WITHOUT ROWID;

-- A tariff's prices over time are one JSON document.
CREATE TABLE stove_tariff (
  name TEXT PRIMARY KEY COLLATE NOCASE,
  book TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Phones that send to this station.
CREATE TABLE stove_account (
  name          TEXT PRIMARY KEY COLLATE NOCASE,
  password_hash TEXT NOT NULL,
  active        INTEGER NOT NULL CHECK (active IN (0, 1)),
  made_ms       INTEGER NOT NULL,
  last_ms       INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE stove_session (
  token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
  account    TEXT NOT NULL REFERENCES stove_account ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('bearer','refresh')),
  until_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stove_session_until ON stove_session (until_ms);
CREATE INDEX stove_session_account ON stove_session (account);
