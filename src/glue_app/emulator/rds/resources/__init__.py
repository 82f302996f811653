"""What RDS keeps of DB instances, parameter groups and subnet groups, and its rules for them.

No file is touched and no program run here: what is to be done with a server is handed to `fleet`."""
