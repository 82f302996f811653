"""What the stack keeps of itself: saves of the emulator's state, and how they come back."""
