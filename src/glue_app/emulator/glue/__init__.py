"""AWS Glue: jobs, connections and job runs are ours, the data catalog is moto's.

A run is carried out by the runner, over HTTP: no Spark and no script runs in this process.
"""
