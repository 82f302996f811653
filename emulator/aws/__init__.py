"""AWS's own rules as pure code: no LocalStack, no network, no state."""
