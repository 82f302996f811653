"""One PostgreSQL server's files and programs, wherever they run. Knows nothing of AWS's API."""
