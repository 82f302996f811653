<<<<<<< HEAD
"""Rules of AWS as pure code and data: no LocalStack, no I/O. The gateway, the rooms and tests use them."""
=======
"""AWS's own rules, as pure functions: no LocalStack, no I/O."""
>>>>>>> stub
