"""AWS's own rules, as pure functions: no LocalStack, no I/O."""
