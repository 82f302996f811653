"""Controls the running stack: up, down, status, logs and what goes with them."""
