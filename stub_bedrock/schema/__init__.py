"""From a tool's JSON Schema and a text to an answer that the schema accepts and a reader finds sensible."""
