"""AWS Systems Manager: Session Manager of our own, Parameter Store and documents by LocalStack and moto."""
