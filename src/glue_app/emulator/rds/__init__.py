"""Amazon RDS for PostgreSQL: an instance is a real server at an address of its own."""
