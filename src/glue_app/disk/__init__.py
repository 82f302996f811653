"""Disks: how much room one has, what takes it, and when a file is really on it.

Standard library only, Python 3.8: commands and emulator use it, and it knows nothing of either.
"""
