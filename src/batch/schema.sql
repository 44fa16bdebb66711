-- Results of `sdkaudit batch`, schema 2. Documented in docs/scale.md.
CREATE TABLE IF NOT EXISTS meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One row per job that ended; a job without a row has yet to be done.
CREATE TABLE IF NOT EXISTS package (
  key            TEXT PRIMARY KEY,
  outcome        TEXT NOT NULL CHECK (outcome IN ('complete', 'incomplete', 'failed')),
  cause          TEXT,
  sha256         TEXT,
  application_id TEXT,
  version_name   TEXT,
  packer         TEXT,
  policies       TEXT NOT NULL, -- JSON array
  columns        TEXT NOT NULL, -- JSON object: the caller's own columns
  inputs         TEXT NOT NULL, -- identity of inputs and tool, by content
  stamp          TEXT NOT NULL, -- the same by size and time of change: spares reading what did not change
  report         TEXT NOT NULL, -- the whole report, JSON
  package_bytes  INTEGER,       -- size of the package
  fetched_bytes  INTEGER,       -- bytes fetched of it, where it lies in an object store
  requests       INTEGER        -- requests that took
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS sdk (
  key        TEXT NOT NULL REFERENCES package (key) ON DELETE CASCADE,
  sdk        TEXT NOT NULL,
  confidence TEXT NOT NULL,
  classes    INTEGER NOT NULL,
  version    TEXT,
  carried_by TEXT,
  declared   INTEGER, -- 1, 0, or NULL where no policy was given
  PRIMARY KEY (key, sdk)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sdk_by_id ON sdk (sdk, declared);

CREATE TABLE IF NOT EXISTS finding (
  key          TEXT NOT NULL REFERENCES package (key) ON DELETE CASCADE,
  position     INTEGER NOT NULL,
  rule         TEXT NOT NULL,
  severity     TEXT NOT NULL,
  confidence   TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject      TEXT NOT NULL,
  message_zh   TEXT NOT NULL,
  message_en   TEXT NOT NULL,
  fingerprint  TEXT NOT NULL,
  suppressed   INTEGER NOT NULL,
  PRIMARY KEY (key, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS finding_by_rule ON finding (rule, severity);

CREATE TABLE IF NOT EXISTS limitation (
  key      TEXT NOT NULL REFERENCES package (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  hides    TEXT,
  at       TEXT NOT NULL,
  detail   TEXT NOT NULL,
  PRIMARY KEY (key, position)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS permission (
  key  TEXT NOT NULL REFERENCES package (key) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (key, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS permission_by_name ON permission (name);

-- Names of the SDKs that occur, so that the file explains itself.
CREATE TABLE IF NOT EXISTS sdk_info (
  sdk      TEXT PRIMARY KEY,
  name_zh  TEXT NOT NULL,
  name_en  TEXT NOT NULL,
  vendor   TEXT,
  family   TEXT,
  category TEXT NOT NULL,
  collects INTEGER
) WITHOUT ROWID;
