"""glue-app: Glue, Step Functions, Bedrock and RDS for PostgreSQL on this machine, and the commands for it."""
