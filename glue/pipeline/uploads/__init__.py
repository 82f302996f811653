"""Which upload counts, decided without Spark: their order, and what follows from it for each record.

``position`` orders uploads, ``positions`` remembers what the tables can't say, ``decisions`` is the SQL that
turns what Silver has and what an upload says into changes, ``regrouping`` spares rows from being rewritten.
The SQL is of the kind that Spark and SQLite both understand, so that its rules are tried by the thousand.
"""
