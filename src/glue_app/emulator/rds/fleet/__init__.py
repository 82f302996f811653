"""The servers of all instances: primaries and standbys, failover, where they listen, what looks after them.

It knows instances and their statuses, but no request of the API."""
