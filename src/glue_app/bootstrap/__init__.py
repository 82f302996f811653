"""Sets the machine up: finds or gets every tool and library the project needs, into `.tools/`.

It starts with whatever Python 3.8 or later is there and uses the standard library only; every other
module of `scripts/` runs in the host environment that this package makes.
"""
