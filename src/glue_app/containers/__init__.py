"""Docker: finds an engine and compose v2, names the images of the stack."""
