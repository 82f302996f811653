"""IAM database authentication: tokens, and the LDAP server by which PostgreSQL asks about them.

It reads the instances there are, and changes none."""
