"""Named snapshots: the whole stack in one file, to go back to."""
