"""The rules, as SQL that Spark and SQLite both understand. What they read, and what they yield:

``:position``, ``:object``: of the upload; the object is empty where a record has one place for all objects.
``incoming``: the upload's valid rows. record_key (once), seq, deleted (0 or 1), content, payload.
``state``: the rows there are of the records in question. record_key, object, label, eff (the position that
  the label stands for), seq, deleted, content, place, payload.
``place``: ``silver`` has what readers see, a record once. ``aside`` has what may have to come back, or must
  not: rows of an object whose record another object has from a later upload, and deletions.
``regrouping``: label, and 1 in ``rewritten`` where rows that are said again are written all the same.

``content`` is what makes two rows the same row; ``payload`` is all of the row, and only passed on.
"""

from __future__ import annotations

SUPERSEDED = """
SELECT n.record_key, MAX(s.source) AS source
FROM incoming n JOIN state s ON s.record_key = n.record_key
WHERE s.eff <> :position AND (s.seq > n.seq OR (s.seq = n.seq AND s.eff > :position))
GROUP BY n.record_key
"""
"""Records of which something later has been said: upsert and cdc. ``source`` is told to people.

Not by this upload itself, when it was delivered under a contract that took another of its lines.
"""

LATEST = """
SELECT n.record_key, '' AS object,
  CASE WHEN n.deleted = 1 THEN 'aside' ELSE 'silver' END AS place,
  CASE WHEN s.deleted = n.deleted AND s.content IS NOT DISTINCT FROM n.content THEN s.place
    ELSE '' END AS was,
  s.label, s.eff, n.payload
FROM incoming n LEFT JOIN (
  SELECT t.*, ROW_NUMBER() OVER (PARTITION BY record_key ORDER BY seq DESC, eff DESC, place) AS nth
  FROM state t
) s ON s.record_key = n.record_key AND s.nth = 1
"""
"""upsert and cdc: where each record of an upload belongs. It is not superseded, so it wins."""

SNAPSHOT = """
WITH copies AS (
  SELECT s.*, ROW_NUMBER() OVER (PARTITION BY record_key, object ORDER BY place DESC) AS copy FROM state s
), candidates AS (
  SELECT c.record_key, c.object, c.eff, c.label, c.content, c.payload, c.place AS was
  FROM copies c WHERE c.copy = 1 AND c.object <> :object
  UNION ALL
  SELECT n.record_key, :object, :position, o.label, n.content, n.payload, COALESCE(o.place, '')
  FROM incoming n LEFT JOIN copies o ON o.record_key = n.record_key
    AND o.object = :object AND o.copy = 1 AND o.content IS NOT DISTINCT FROM n.content
), winners AS (
  SELECT c.*, FIRST_VALUE(content) OVER (PARTITION BY record_key ORDER BY eff DESC, object) AS winning
  FROM candidates c
), ranked AS (
  SELECT w.*, ROW_NUMBER() OVER (
    PARTITION BY record_key
    ORDER BY CASE WHEN was = 'silver' AND content IS NOT DISTINCT FROM winning THEN 0 ELSE 1 END,
      eff DESC, object
  ) AS nth FROM winners w
)
SELECT record_key, object, CASE WHEN nth = 1 THEN 'silver' ELSE 'aside' END AS place, was, label, eff, payload
FROM ranked
"""
"""snapshot: each object has what its newest upload says, and of two objects the later upload is seen.

A row that is seen stays where it is as long as the later upload says the same.
"""

CHANGES = """
SELECT d.place AS target, CASE WHEN s.record_key IS NULL THEN 'insert' ELSE 'update' END AS action,
  d.record_key, d.object, d.payload
FROM desired d LEFT JOIN state s ON s.record_key = d.record_key AND s.place = d.place
  AND (s.place = 'silver' OR s.object = d.object)
  LEFT JOIN regrouping g ON g.label = d.label
WHERE d.was <> d.place OR g.rewritten = 1
UNION ALL
SELECT s.place, 'delete', s.record_key, s.object, s.payload
FROM state s LEFT JOIN desired d ON d.record_key = s.record_key AND d.place = s.place
  AND (s.place = 'silver' OR s.object = d.object)
WHERE d.record_key IS NULL
"""
"""From where rows are to where they belong (``desired``: what LATEST or SNAPSHOT yields)."""

SAID_AGAIN = """
SELECT d.label, COUNT(*) AS said
FROM desired d WHERE d.was = d.place AND d.eff < :position GROUP BY d.label
"""
"""upsert and cdc: how many rows of each label the upload says again as they are."""

COUNTS = """
SELECT target, action, COUNT(*) AS n FROM changes GROUP BY target, action
UNION ALL
SELECT d.place, 'keep', COUNT(*) FROM desired d LEFT JOIN regrouping g ON g.label = d.label
WHERE d.object = :object AND d.was = d.place AND d.label <> :label AND COALESCE(g.rewritten, 0) = 0
GROUP BY d.place
"""
"""How many rows there are to change, and how many of the upload's are there already under another label."""
