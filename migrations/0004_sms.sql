-- Short messages: the queue, its parts, lines and SIMs, routing rules, the inbox. Never edit this file once landed.
-- Times are Unix milliseconds. Texts and numbers of other people are sealed (XChaCha20-Poly1305); tags are keyed hashes
-- (HMAC-SHA256, first 16 bytes). The keys are in the vault: `sms-key/<key_id>` and `sms-numbers`.

-- Keys that seal texts. A key for codes lives until the last code under it is over; then it is destroyed, and what it
-- sealed can be read by nobody, on no old copy of the disk either.
CREATE TABLE sms_key (
  key_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind         TEXT NOT NULL CHECK (kind IN ('otp','normal','inbox')),
  -- Seals what is accepted from then until then.
  from_ms      INTEGER NOT NULL,
  until_ms     INTEGER NOT NULL,
  -- Not destroyed before: the latest deadline of what it sealed.
  needed_ms    INTEGER NOT NULL,
  destroyed_ms INTEGER
) STRICT;
CREATE INDEX sms_key_alive ON sms_key (kind, until_ms) WHERE destroyed_ms IS NULL;

-- A SIM. Limits, tariffs and counters follow it from modem to modem.
CREATE TABLE sim (
  sim_id      INTEGER PRIMARY KEY,
  iccid       TEXT NOT NULL UNIQUE,
  imsi        TEXT NOT NULL DEFAULT '',
  operator    TEXT NOT NULL DEFAULT '',
  -- JSON: limits, prices, packages, balance checks.
  settings    TEXT NOT NULL DEFAULT '{}',
  -- Balance as the operator last told it.
  balance     INTEGER,
  balance_ms  INTEGER,
  expires_ms  INTEGER
) STRICT;

-- A line: a modem, with the SIM whose traffic an operator has agreed to.
CREATE TABLE line (
  line_id     INTEGER PRIMARY KEY,
  imei        TEXT NOT NULL UNIQUE,
  sim_id      INTEGER REFERENCES sim,
  -- The SIM that is in it now, when it is another one: its traffic waits.
  found_sim   INTEGER REFERENCES sim,
  name        TEXT NOT NULL,
  -- JSON: everything else an operator can set for a modem. PIN and APN password are in the vault.
  settings    TEXT NOT NULL DEFAULT '{}',
  model       TEXT NOT NULL DEFAULT '',
  created_ms  INTEGER NOT NULL,
  removed     INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT;

-- Ports that a person has tried and found a modem on, although they could be something else: opened again at the next start.
CREATE TABLE sms_port (
  port TEXT PRIMARY KEY,
  baud INTEGER NOT NULL
) STRICT;

-- Short messages a SIM has sent, by the hour in the station's time zone.
CREATE TABLE sim_usage (
  sim_id   INTEGER NOT NULL REFERENCES sim,
  -- Begin of the hour.
  hour_ms  INTEGER NOT NULL,
  -- Begin of its day.
  day_ms   INTEGER NOT NULL,
  normal   INTEGER NOT NULL DEFAULT 0 CHECK (normal >= 0),
  otp      INTEGER NOT NULL DEFAULT 0 CHECK (otp >= 0),
  cost     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sim_id, hour_ms)
) STRICT, WITHOUT ROWID;

-- Whom a SIM has sent to in a day, for the limit of different recipients.
CREATE TABLE sim_recipient (
  sim_id     INTEGER NOT NULL REFERENCES sim,
  day_ms     INTEGER NOT NULL,
  number_tag BLOB NOT NULL,
  PRIMARY KEY (sim_id, day_ms, number_tag)
) STRICT, WITHOUT ROWID;

-- Short messages of a SIM in a day by prefix of its tariff, for promotions that begin after so many.
CREATE TABLE sim_prefix_use (
  sim_id INTEGER NOT NULL REFERENCES sim,
  day_ms INTEGER NOT NULL,
  prefix TEXT NOT NULL,
  parts  INTEGER NOT NULL CHECK (parts >= 0),
  PRIMARY KEY (sim_id, day_ms, prefix)
) STRICT, WITHOUT ROWID;

-- The routing rules: one versioned document.
CREATE TABLE routing (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  version    INTEGER NOT NULL,
  rules      TEXT NOT NULL,
  changed_ms INTEGER,
  changed_by TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO routing (one, version, rules) VALUES (1, 0, '[]');

CREATE TABLE sms_switch (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  -- No message leaves.
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
) STRICT;
INSERT INTO sms_switch (one) VALUES (1);

-- One request of a caller: repeating its id sends nothing twice.
CREATE TABLE sms_request (
  origin      TEXT NOT NULL,
  request_id  TEXT NOT NULL,
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  -- Its messages are `first_id` and the `count - 1` after it.
  first_id    INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  at_ms       INTEGER NOT NULL,
  PRIMARY KEY (origin, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sms_message (
  message_id    INTEGER PRIMARY KEY AUTOINCREMENT,
  origin        TEXT NOT NULL,
  -- Asked for by a program: lines that are for people only do not carry it.
  from_api      INTEGER NOT NULL DEFAULT 0 CHECK (from_api IN (0, 1)),
  class         TEXT NOT NULL CHECK (class IN ('otp','normal')),
  state         TEXT NOT NULL CHECK (state IN ('scheduled','queued','held','leased','submitting','sent','in_doubt',
                                               'delivered','failed','expired','cancelled','lost')),
  -- For lists: what a person looks for together.
  phase         TEXT NOT NULL GENERATED ALWAYS AS (CASE
                  WHEN state IN ('scheduled','queued','held','leased','submitting') THEN 'waiting'
                  WHEN state IN ('sent','delivered') THEN 'gone'
                  WHEN state IN ('failed','expired','lost') THEN 'failed'
                  ELSE state END) VIRTUAL,
  -- Word and sentence on why it waits or how it ended, where the state alone does not say.
  cause         TEXT NOT NULL DEFAULT '',
  cause_text    TEXT NOT NULL DEFAULT '',
  -- Which lines may carry it: the prefix of its rule, or `=<line>` for a line that was chosen.
  pool          TEXT NOT NULL,
  -- Codes first, then by priority.
  rank          INTEGER NOT NULL,
  priority      INTEGER NOT NULL DEFAULT 0,
  -- May be looked at now; otherwise at `due_ms`.
  ready         INTEGER NOT NULL CHECK (ready IN (0, 1)),
  due_ms        INTEGER,
  deadline_ms   INTEGER NOT NULL,
  number_sealed BLOB NOT NULL,
  number_tag    BLOB NOT NULL CHECK (length(number_tag) = 16),
  tail_tag      BLOB NOT NULL CHECK (length(tail_tag) = 16),
  -- NULL once it needs no text any more.
  body_sealed   BLOB,
  key_wrapped   BLOB,
  key_id        INTEGER REFERENCES sms_key,
  alphabet      TEXT NOT NULL CHECK (alphabet IN ('gsm7','ucs2')),
  parts         INTEGER NOT NULL CHECK (parts BETWEEN 1 AND 255),
  -- Concatenation reference of a message of several parts.
  reference     INTEGER,
  flash         INTEGER NOT NULL DEFAULT 0 CHECK (flash IN (0, 1)),
  report        INTEGER NOT NULL DEFAULT 1 CHECK (report IN (0, 1)),
  line_id       INTEGER REFERENCES line,
  sim_id        INTEGER REFERENCES sim,
  -- JSON: why this line.
  route         TEXT,
  cost          INTEGER,
  attempts      INTEGER NOT NULL DEFAULT 0,
  resent        INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),
  created_ms    INTEGER NOT NULL,
  leased_ms     INTEGER,
  sent_ms       INTEGER,
  done_ms       INTEGER
) STRICT;
CREATE INDEX sms_queue ON sms_message (pool, rank, message_id) WHERE state = 'queued' AND ready = 1;
CREATE INDEX sms_due ON sms_message (due_ms) WHERE ready = 0 AND state IN ('queued','scheduled');
CREATE INDEX sms_deadline ON sms_message (deadline_ms)
  WHERE state IN ('queued','scheduled','held','in_doubt');
CREATE INDEX sms_active ON sms_message (state) WHERE state IN ('leased','submitting','in_doubt','held');
CREATE INDEX sms_phase ON sms_message (phase, message_id);
CREATE INDEX sms_number ON sms_message (number_tag, message_id);
CREATE INDEX sms_done ON sms_message (done_ms) WHERE done_ms IS NOT NULL;

-- What was given to a modem, part by part. Written before the modem gets it.
CREATE TABLE sms_part (
  message_id    INTEGER NOT NULL REFERENCES sms_message ON DELETE CASCADE,
  -- From 1.
  sequence      INTEGER NOT NULL,
  -- How often the message was sent as a whole before: 0, or 1 for a code that was sent again.
  round         INTEGER NOT NULL DEFAULT 0,
  line_id       INTEGER NOT NULL REFERENCES line,
  sim_id        INTEGER REFERENCES sim,
  state         TEXT NOT NULL CHECK (state IN ('submitting','sent','in_doubt','delivered','failed')),
  -- TP-MR.
  reference     INTEGER CHECK (reference BETWEEN 0 AND 255),
  submitted_ms  INTEGER NOT NULL,
  sent_ms       INTEGER,
  -- TP-ST.
  report_status INTEGER,
  report_ms     INTEGER,
  PRIMARY KEY (message_id, sequence, round)
) STRICT, WITHOUT ROWID;
CREATE INDEX sms_part_reference ON sms_part (line_id, reference, submitted_ms);

-- What came in. A message of several parts is one row; its parts are in `inbox_part`.
CREATE TABLE inbox (
  inbox_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  kind          TEXT NOT NULL CHECK (kind IN ('sms','call','unreadable')),
  line_id       INTEGER NOT NULL REFERENCES line,
  at_ms         INTEGER NOT NULL,
  smsc_ms       INTEGER,
  sender_sealed BLOB,
  sender_tag    BLOB NOT NULL,
  -- Of a message of several parts: reference, its width in bits, how many.
  reference     INTEGER,
  wide          INTEGER NOT NULL DEFAULT 0,
  total         INTEGER NOT NULL DEFAULT 1,
  here          INTEGER NOT NULL DEFAULT 0,
  -- All parts are here, or were waited for long enough.
  whole         INTEGER NOT NULL DEFAULT 0 CHECK (whole IN (0, 1)),
  flash         INTEGER NOT NULL DEFAULT 0,
  note          TEXT NOT NULL DEFAULT '',
  read_ms       INTEGER
) STRICT;
CREATE INDEX inbox_open ON inbox (sender_tag, reference, total) WHERE whole = 0;
CREATE INDEX inbox_unread ON inbox (inbox_id) WHERE read_ms IS NULL;

CREATE TABLE inbox_part (
  inbox_id    INTEGER NOT NULL REFERENCES inbox ON DELETE CASCADE,
  sequence    INTEGER NOT NULL,
  text_sealed BLOB NOT NULL,
  key_wrapped BLOB NOT NULL,
  key_id      INTEGER NOT NULL REFERENCES sms_key,
  -- Keyed hash of the text: tells a part that comes again from another one in its place.
  text_tag    BLOB NOT NULL CHECK (length(text_tag) = 16),
  PRIMARY KEY (inbox_id, sequence)
) STRICT, WITHOUT ROWID;

-- What was taken in already: modem, service centre's time, sender and PDU tell repeats apart. Outlives the message.
CREATE TABLE inbox_seen (
  imei       TEXT NOT NULL,
  smsc_ms    INTEGER NOT NULL,
  sender_tag BLOB NOT NULL,
  pdu_hash   BLOB NOT NULL,
  at_ms      INTEGER NOT NULL,
  PRIMARY KEY (imei, smsc_ms, sender_tag, pdu_hash)
) STRICT, WITHOUT ROWID;

-- Numbers that get nothing.
CREATE TABLE sms_block (
  block_id      INTEGER PRIMARY KEY,
  number_tag    BLOB NOT NULL UNIQUE,
  number_sealed BLOB NOT NULL,
  note          TEXT NOT NULL,
  at_ms         INTEGER NOT NULL,
  by            TEXT NOT NULL
) STRICT;

CREATE TABLE sms_template (
  template_id INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  -- Sealed like a number.
  text_sealed BLOB NOT NULL
) STRICT;
