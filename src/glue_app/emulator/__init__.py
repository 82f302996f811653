"""The local stack's own AWS services, as a LocalStack 4.14.0 plugin: one room (folder) a service."""
