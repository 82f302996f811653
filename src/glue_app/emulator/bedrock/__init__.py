"""Amazon Bedrock: control plane and runtime, answered by the stub on the stack's one endpoint."""
