"""The table of the failover drill, as the loader makes it and the drill reads it."""

ROWS = 2_000
CONTRACT = """
title: Failover drill
columns: [{name: id, type: integer, required: true}]
record_key: [id]
gold:
  - name: drill
    key: [id]
    sql: SELECT id, load, text FROM silver
"""
