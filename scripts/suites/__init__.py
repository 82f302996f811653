"""What `make test` runs: the suites (`table`), their stack, and how pytest is started and summed up."""
