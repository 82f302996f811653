"""Docker: finds an engine and compose v2, names the images of the stack.

Knows nothing of what runs in the containers.
"""
