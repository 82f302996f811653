"""Python imports this at start, in the driver and in every Spark worker: warm JVM, redirection, egress guard.

Does nothing outside a Glue run (no GLUE_RUNNER_PID), and imports nothing heavy: a worker starts in 30 ms.
"""

import os

if os.environ.get("GLUE_RUNNER_PID"):
    from importlib import import_module

    import_module("glue_runner.warm_jvm").install()  # first: it gives a worker the run's environment
    import_module("glue_runner.redirect").install()
    import_module("glue_runner.egress").install()
