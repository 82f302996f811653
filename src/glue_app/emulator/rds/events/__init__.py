"""RDS's events: the messages, and the log of them that is sent to EventBridge, too."""
