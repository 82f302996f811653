"""The HTTP operations: one module a surface. Thin: read the request, call the stub, write the answer."""
