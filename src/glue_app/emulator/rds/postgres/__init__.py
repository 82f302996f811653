"""One PostgreSQL server: its files, programs, roles and certificate, on this machine or in a container.

It knows nothing of requests, statuses and events."""
