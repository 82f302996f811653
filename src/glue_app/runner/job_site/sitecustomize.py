"""Python imports this at start, in the driver and in every Spark worker: warm JVM, redirection, egress guard.

Does nothing outside a Glue run (no GLUE_RUNNER_PID), and imports nothing heavy: a worker starts in 30 ms.
Its folder is the first of PYTHONPATH: a sitecustomize that the job brings along runs after it, not instead.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def _run_the_next() -> None:
    here = os.path.realpath(os.path.dirname(__file__))
    others = [entry for entry in sys.path if os.path.realpath(entry) != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get("GLUE_RUNNER_PID"):
    from importlib import import_module

    import_module("glue_runner.warm_jvm").install()  # first: it gives a worker the run's environment
    import_module("glue_runner.redirect").install()
    import_module("glue_runner.egress").install()
    import_module("glue_runner.absent").install()
_run_the_next()
