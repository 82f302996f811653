"""Named snapshots: the whole stack in one file, to go back to.

It packs and checks; that a stack stops, saves and starts is for `stack`.
"""
