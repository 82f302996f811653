"""The Glue runner: an HTTP server that runs job scripts as real processes.

Standard library only, so that it runs unchanged in AWS's Glue images. `job_site/` is what a job's own
Python gets on its path (launcher, redirection of boto3, egress guard); `shim/` stands in for `awsglue` where
the real one is absent.
"""
