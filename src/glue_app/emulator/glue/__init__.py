"""AWS Glue: jobs, connections and job runs are ours, the data catalog is moto's."""
