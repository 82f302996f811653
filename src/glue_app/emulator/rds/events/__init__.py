"""RDS's events: messages and the log of them."""
