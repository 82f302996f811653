"""The operations of RDS, a module for each kind of resource, with the shapes of what they answer.

A handler stands between a request and the module that knows: nothing is decided here, nothing kept."""
