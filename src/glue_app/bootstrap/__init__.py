"""Sets the machine up: finds or gets every tool and library the project needs, into `.tools/`.

It starts with whatever Python 3.8 or later is there, so it uses the standard library only, and of the package
nothing but what does the same (`aws`, `errors`). All else runs in the host environment that this room makes.
"""
