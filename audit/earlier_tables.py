"""The tables in which an audit remembers what was before, and what is written into them."""

from __future__ import annotations

PASSING = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
LASTING = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
TABLES = {
    "entry": 'hash BLOB PRIMARY KEY, "index" INTEGER, kind TEXT, org TEXT, subject TEXT, '
    "replaced INTEGER",
    "body": "digest TEXT, kind TEXT, served INTEGER, PRIMARY KEY (digest, kind)",
    "published": 'name BLOB PRIMARY KEY, "index" INTEGER',
    "claim": "claim TEXT PRIMARY KEY, hash TEXT",
    "signed": 'key TEXT, at TEXT, "index" INTEGER, PRIMARY KEY (key, "index")',
    "process": "ocid TEXT PRIMARY KEY, org TEXT",
    "absent": 'digest TEXT, "index" INTEGER, PRIMARY KEY (digest, "index")',
    "act": '"index" INTEGER PRIMARY KEY, kind TEXT, subject TEXT, value TEXT',
    "standing": "one INTEGER PRIMARY KEY, told TEXT",
}

APPENDED = {
    "body": ("digest", "digest TEXT, kind TEXT, served INTEGER"),
    "signed": ("key", 'key TEXT, at TEXT, "index" INTEGER'),
}
PACKED = {*APPENDED, "entry", "process"}
"""In a passing file these are packed as they come. Entries stay so (audit.packs); the others are
unpacked once one is asked for (by an erasure, a revocation, a process without an owner: few logs
ever ask), and those appended are sorted by this column."""

INSERTS = {
    "entry": "INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, 0)",
    "body": "INSERT INTO body VALUES (?, ?, ?) "
    "ON CONFLICT DO UPDATE SET served = coalesce(served, excluded.served)",
    "published": "INSERT OR IGNORE INTO published VALUES (?, ?)",
    "claim": "INSERT OR REPLACE INTO claim VALUES (?, ?)",
    "signed": "INSERT OR IGNORE INTO signed VALUES (?, ?, ?)",
    "process": "INSERT OR IGNORE INTO process VALUES (?, ?)",
}
"""What is written for a group of entries at once, for a third of what one by one costs."""

PLACES = """
CREATE TEMP TABLE place (at INTEGER PRIMARY KEY);
WITH RECURSIVE next (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM next WHERE at < 255)
INSERT INTO place SELECT at FROM next;
"""
PUBLISH = (
    "INSERT OR IGNORE INTO published "
    "SELECT substr(?1, 32 * at + 1, 32), ?2 + at FROM place WHERE at < ?3 ORDER BY at"
)
"""The names of a group, one after the other, for half of what a row for each costs."""
