"""What maintainers run: checks, tests, locks, generated documents, stand-ins. Users never need it.

It may import the package and the job; nothing but tests imports it.
"""
