"""AWS Systems Manager: Session Manager of our own, Parameter Store and documents by LocalStack and moto.

What a session may reach it asks `host` for: it knows no other service's store.
"""
