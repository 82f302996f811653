"""DB snapshots, automated backups with the log between them, and restoring from both.

It reads and writes copies of servers' files. Servers are started and stopped by `fleet` alone."""
