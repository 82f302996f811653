"""From raw records to typed rows and rejected ones.

``record_check`` works record by record, without Spark; ``frame`` applies it to a DataFrame. ``duplicates``
and ``quality`` look at the rows that came through.
"""
