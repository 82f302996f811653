"""The running servers: primaries, standbys, failover, metrics, work in the background."""
