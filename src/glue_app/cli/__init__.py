"""The console command `glue-app`: its sub-commands, their words and how each begins and ends.

Thin: the work is done in the other rooms, and none of them imports this one.
"""
