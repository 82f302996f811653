"""Docker: finds an engine, gets compose v2, prepares the images, borrows an engine for tests."""
