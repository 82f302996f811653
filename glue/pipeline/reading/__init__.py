"""From the bytes of a file to raw records: encoding, physical lines, logical records, header.

``open_csv`` reads the header on the driver; ``frame.records`` makes the DataFrame of raw records, of a large
file by a task for each of its ``ranges``. Only ``frame`` needs Spark.
"""

from pipeline.reading.body import Body, S3Body
from pipeline.reading.csv_file import CsvFile, open_csv
from pipeline.reading.header import Header

__all__ = ["Body", "CsvFile", "Header", "S3Body", "open_csv"]
