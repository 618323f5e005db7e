-- People: five roles, second factors, sessions that lock, the audit trail. Never edit this file once landed.
-- Times are Unix milliseconds. Codes, passwords and tokens are here as hashes only; secrets that must be recovered
-- (TOTP secrets, token keys) are in the vault.

-- Everybody signs in anew after this migration: sessions hold more than they did.
DROP TABLE session;

CREATE TABLE person (
  operator_id     INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 2 AND 40),
  role            TEXT NOT NULL CHECK (role IN ('owner','administrator','operator','cashier','auditor')),
  -- Argon2id, PHC string.
  password_hash   TEXT NOT NULL,
  active          INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  created_ms      INTEGER NOT NULL,
  -- Argon2id of the counter PIN; NULL: none.
  pin_hash        TEXT,
  -- Wrong PINs since the last right one; at five the PIN rests until a password is given.
  pin_misses      INTEGER NOT NULL DEFAULT 0 CHECK (pin_misses >= 0),
  -- Since when a TOTP code is asked for; NULL: no second factor. The secret is the vault's entry `totp/<operator_id>`.
  totp_since_ms   INTEGER,
  -- The newest time step whose code was accepted: a code works once (RFC 6238, section 5.2).
  totp_step       INTEGER,
  -- The password was set by somebody else and must be changed at the next sign-in.
  must_change     INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),
  -- Where a reset code may go, sealed by the vault's key `contact-key`; NULL: nowhere.
  contact_sealed  BLOB
) STRICT;
INSERT INTO person (operator_id, name, role, password_hash, active, created_ms)
  SELECT operator_id, name, role, password_hash, active, created_ms FROM operator;
DROP TABLE operator;
ALTER TABLE person RENAME TO operator;

-- Sessions by the SHA-256 of their token: of an operator, or of one till's counter (which may have somebody on duty).
CREATE TABLE session (
  session_id  INTEGER PRIMARY KEY,
  token_hash  BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  operator_id INTEGER REFERENCES operator,
  till_id     INTEGER REFERENCES till,
  surface     TEXT NOT NULL CHECK (surface IN ('browser','console','counter')),
  -- Address without port, empty for a window of this machine; and what the browser calls itself.
  peer        TEXT NOT NULL,
  agent       TEXT NOT NULL,
  created_ms  INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  -- The last act of a person: an idle session locks.
  seen_ms     INTEGER NOT NULL,
  locked      INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
  -- Signed in with a second factor.
  strong      INTEGER NOT NULL DEFAULT 0 CHECK (strong IN (0, 1)),
  CHECK (operator_id IS NOT NULL OR till_id IS NOT NULL)
) STRICT;
CREATE INDEX session_operator ON session (operator_id) WHERE operator_id IS NOT NULL;

-- One-time codes that stand in for a second factor. SHA-256 of 118 random bits.
CREATE TABLE recovery_code (
  code_hash   BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
  operator_id INTEGER NOT NULL REFERENCES operator,
  used_ms     INTEGER
) STRICT;
CREATE INDEX recovery_code_operator ON recovery_code (operator_id);

-- Codes for a forgotten password, sent by a channel of the station or handed out by an administrator.
CREATE TABLE reset_code (
  code_hash   BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
  operator_id INTEGER NOT NULL REFERENCES operator,
  made_ms     INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  used_ms     INTEGER
) STRICT;

-- Wrong tries by account and by address, so that a restart gives nobody new ones. Keys are SHA-256: what was typed as a
-- name may have been a password.
CREATE TABLE sign_in_try (
  key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 32),
  misses   INTEGER NOT NULL CHECK (misses > 0),
  last_ms  INTEGER NOT NULL
) STRICT;

-- The recovery file on a USB stick: SHA-256 of its 256 random bits. One is valid.
CREATE TABLE recovery_file (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  file_hash BLOB NOT NULL CHECK (length(file_hash) = 32),
  made_ms   INTEGER NOT NULL,
  made_by   TEXT NOT NULL
) STRICT;

-- Acts that wait for a second person. `arguments` holds no secrets.
CREATE TABLE approval (
  approval_id INTEGER PRIMARY KEY,
  command     TEXT NOT NULL,
  arguments   TEXT NOT NULL,
  subject     TEXT NOT NULL,
  asked_by    INTEGER REFERENCES operator,
  asked_name  TEXT NOT NULL,
  asked_ms    INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','carried_out','refused','withdrawn','expired','failed')),
  decided_by  INTEGER REFERENCES operator,
  decided_name TEXT,
  decided_ms  INTEGER,
  note        TEXT NOT NULL DEFAULT '',
  CHECK (decided_by IS NULL OR asked_by IS NULL OR decided_by <> asked_by OR state = 'withdrawn')
) STRICT;
CREATE INDEX approval_waiting ON approval (state) WHERE state = 'waiting';

-- Keys that sign API tokens, newest last. The secret is the vault's entry `token-key/<kid>`.
CREATE TABLE token_key (
  kid        TEXT PRIMARY KEY CHECK (length(kid) BETWEEN 4 AND 32),
  made_ms    INTEGER NOT NULL,
  -- Signs no more; tokens it signed are good until they end. After `gone_ms` it verifies no more.
  retired_ms INTEGER,
  gone_ms    INTEGER
) STRICT;

-- API tokens that were issued: by their JWT ID (RFC 7519, section 4.1.7), never the token.
CREATE TABLE api_token (
  jti        TEXT PRIMARY KEY CHECK (length(jti) BETWEEN 16 AND 64),
  name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  role       TEXT NOT NULL CHECK (role IN ('administrator','operator','cashier','auditor')),
  kid        TEXT NOT NULL REFERENCES token_key,
  made_by    TEXT NOT NULL,
  made_ms    INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;

-- Who did what, from where, with what came out. Chained like the journal; nothing in it is ever changed.
CREATE TABLE audit (
  audit_id    INTEGER PRIMARY KEY CHECK (audit_id > 0),
  at_ms       INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  operator_id INTEGER,
  surface     TEXT NOT NULL,
  peer        TEXT NOT NULL,
  act         TEXT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('done','refused')),
  -- What it is about, in words; for a refusal also why.
  subject     TEXT NOT NULL,
  -- JSON, secrets redacted.
  before      TEXT,
  after       TEXT,
  hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_act ON audit (act, audit_id);
CREATE INDEX audit_actor ON audit (actor, audit_id);
CREATE TRIGGER audit_dense BEFORE INSERT ON audit
WHEN NEW.audit_id <> (SELECT coalesce(max(audit_id), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit rows are numbered without gaps'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
