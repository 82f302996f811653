"""A Docker engine and images for the tests on containers, on machines that have none of them."""
