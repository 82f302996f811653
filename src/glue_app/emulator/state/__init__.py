"""What the stack keeps of itself: saves of the emulator's state, and how they come back.

It keeps files of one moment; what is in them the services and `host/state` know.
"""
