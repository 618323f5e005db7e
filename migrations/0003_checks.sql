-- The same CHECKs in other words: `x IN (three words or more)` builds a table in memory for each row it looks at, five of
-- them for one tap; a chain of comparisons does not. No stored value changes, so the text of the schema is all there
-- is to change (the procedure is in SQLite's documentation of ALTER TABLE, section 7). Never edit this file once landed.

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (kind IN (''tap'',''cash_topup'',''midtrans_topup'',''adjustment'',''reversal'',''fee''))',
  'CHECK (kind = ''tap'' OR kind = ''cash_topup'' OR kind = ''midtrans_topup'' OR kind = ''adjustment'' OR kind = ''reversal'' OR kind = ''fee'')')
WHERE type = 'table' AND name = 'journal_entry';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (phase IN (''pending'',''posted'',''voided''))',
  'CHECK (phase = ''pending'' OR phase = ''posted'' OR phase = ''voided'')')
WHERE type = 'table' AND name = 'journal_entry';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (outcome IN (''ok'',''low'',''frozen'',''lost'',''unknown'',''dup'',''limit'',''unarmed'',''late'',''auth'',''err''))',
  'CHECK (outcome = ''ok'' OR outcome = ''low'' OR outcome = ''frozen'' OR outcome = ''lost'' OR outcome = ''unknown'' OR outcome = ''dup'' OR outcome = ''limit'' OR outcome = ''unarmed'' OR outcome = ''late'' OR outcome = ''auth'' OR outcome = ''err'')')
WHERE type = 'table' AND name = 'payment';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (channel IN (''v2'',''success'',''failed''))',
  'CHECK (channel = ''v2'' OR channel = ''success'' OR channel = ''failed'')')
WHERE type = 'table' AND name = 'outbox';
PRAGMA writable_schema = RESET;
-- A change that every connection notices.
CREATE TABLE schema_changed (id INTEGER);
DROP TABLE schema_changed;
