"""Amazon RDS for PostgreSQL: an instance is a real server at an address of its own.

`provider` is the table of contents, `models` the state, `exceptions` AWS's errors, `persistence` what a save
and a restart mean for databases. The rooms, each of which imports only those after it:

api        the operations, a module for each kind of resource, and the shapes of their answers
backup     DB snapshots, automated backups, and restoring from both
resources  what RDS keeps of instances and groups, and its rules for them
fleet      the servers of all instances: primaries, standbys, failover, what looks after them
iam        IAM database authentication
events     RDS's events
engine     versions, instance classes and parameters
postgres   one PostgreSQL server: its files and programs, on this machine or in a container
"""
