-- The counter: a shop's own pictures for its idle screen, and by how much payments came late. Neither touches the
-- ledger. Times are Unix milliseconds. Never edit this file once landed.

-- At most eight rows, which is the program's rule. A number is never given twice: browsers keep pictures by it.
CREATE TABLE counter_image (
  image_id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Order on the screen, the lowest first.
  place    INTEGER NOT NULL,
  -- NULL: on the counters of all tills.
  till_id  INTEGER REFERENCES till,
  -- What is on it, in words: for people who do not see it.
  name     TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  media    TEXT NOT NULL CHECK (media IN ('image/jpeg','image/png','image/webp')),
  width    INTEGER NOT NULL CHECK (width BETWEEN 1 AND 8192),
  height   INTEGER NOT NULL CHECK (height BETWEEN 1 AND 8192),
  sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
  -- The file as it came.
  picture  BLOB NOT NULL CHECK (length(picture) BETWEEN 1 AND 2097152),
  added_ms INTEGER NOT NULL,
  added_by TEXT NOT NULL
) STRICT;
CREATE INDEX counter_image_place ON counter_image (place);

-- By how much a payment came late, where that is known: a row for late ones only.
CREATE TABLE payment_late (
  payment_id INTEGER PRIMARY KEY REFERENCES payment,
  -- Its tap had waited in the broker for this long at most when it was decided.
  tap_ms     INTEGER CHECK (tap_ms > 0),
  -- Its result could leave only this long after it was decided.
  result_ms  INTEGER CHECK (result_ms > 0),
  CHECK (tap_ms IS NOT NULL OR result_ms IS NOT NULL)
) STRICT;
