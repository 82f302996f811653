"""Amazon Bedrock: control plane and runtime, answered by the stub on the stack's one endpoint.

It passes requests on; what a model answers is known to the stub alone.
"""
