"""The engine postgres as RDS offers it: versions, instance classes, parameters. It keeps no state."""
