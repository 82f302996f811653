"""What RDS keeps of a resource and the rules for it: instances, groups, modifications. Runs no program."""
