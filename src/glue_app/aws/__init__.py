"""Rules of AWS as pure code and data: no LocalStack, no I/O. The gateway, the rooms and tests use them."""
