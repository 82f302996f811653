"""Controls the running stack: up, down, status, logs and what goes with them, on both engines.

Of the emulator it knows what lies on the disk (saves, homes of databases), never LocalStack.
"""
