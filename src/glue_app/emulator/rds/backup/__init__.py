"""Snapshots, automated backups, restores to a point in time, and their files."""
