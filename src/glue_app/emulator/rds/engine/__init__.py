"""What the engine postgres has: versions, classes of parameters."""
