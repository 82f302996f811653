"""What runs inside a job's own Python: launcher, redirection of boto3, egress guard.

Standard library only, except that `s3_files` uses the boto3 found in the job's Python.
"""
