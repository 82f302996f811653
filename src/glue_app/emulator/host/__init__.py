"""The only room that knows LocalStack's and moto's internals; the service rooms speak to this layer."""
