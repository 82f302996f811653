"""IAM database authentication: tokens, and the LDAP server that PostgreSQL asks about them."""
