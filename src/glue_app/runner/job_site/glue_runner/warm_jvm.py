"""A run takes a JVM that the runner started and exercised beforehand, if one fits: it saves about 10 s a run.

Nothing is shared between runs: a warm JVM serves one run and ends with it. It is taken when the script makes
its SparkContext, so a script without Spark leaves it to the next. What a cold JVM would get at its start
(properties, credentials, standard streams, the workers' environment) is given to it then.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from .imports import after_import

_OFFER = "GLUE_RUNNER_WARM_JVM"  # JSON in a run's environment: where a warm JVM may lie, and what to give it
_HOME = "GLUE_RUNNER_WARM_JVM_HOME"  # in a warm JVM's environment, and so in its workers': its folder
_PATIENCE_S = 20.0  # for one in the making; then a JVM of the run's own is no later
ENVIRONMENT = "environment.json"  # in a warm JVM's folder: that of the run it serves
TAKEN = "warm-jvm.json"  # in a run's folder: the JVM it took


def offer(offers: Path, run_dir: Path, properties: Path) -> None:
    """Lets the run of this process take a JVM that a file in the folder `offers` describes."""
    wanted = {"offers": str(offers), "run": str(run_dir), "properties": str(properties)}
    os.environ[_OFFER] = json.dumps(wanted)


def install() -> None:
    """In a driver that has an offer: patch pyspark. In a worker of a warm JVM: become the run's."""
    if _HOME in os.environ:
        _adopt_environment(Path(os.environ.pop(_HOME)))
    elif _OFFER in os.environ:
        after_import("pyspark.java_gateway", _patch)


def _patch(java_gateway: Any) -> None:
    original = java_gateway.launch_gateway

    def launch_gateway(*args: Any, **kwargs: Any) -> Any:
        wanted = os.environ.pop(_OFFER, None)
        if wanted is not None:
            _take(**json.loads(wanted))
        return original(*args, **kwargs)

    java_gateway.launch_gateway = launch_gateway


def _take(offers: str, run: str, properties: str) -> None:
    """Make pyspark connect to a warm JVM; where there is none pyspark starts its own."""
    taken = Path(run, TAKEN)
    if not _first_ready(Path(offers), taken):
        return
    jvm = json.loads(taken.read_text(encoding="utf-8"))
    try:
        _hand_over(jvm, Path(run), properties)
    except Exception as error:  # it died meanwhile
        print(f"glue runner: the warm JVM is of no use ({error}): starting one", file=sys.stderr)
        return
    os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(jvm["port"]), jvm["secret"]


def _first_ready(offers: Path, taken: Path) -> bool:
    """Move the first offer there is, or comes while one is in the making, to `taken`."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        in_the_making = any(offers.glob("*.making"))  # before: it becomes an offer, and then is none
        for ready in offers.glob("*.json"):
            try:
                ready.rename(taken)  # of two runs one succeeds
            except OSError:
                continue
            return True
        if not in_the_making or time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def _hand_over(jvm: dict[str, Any], run: Path, properties: str) -> None:
    from py4j.clientserver import ClientServer, JavaParameters, PythonParameters

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYSPARK_")}
    _write_private(Path(jvm["home"], ENVIRONMENT), {"environment": environment, "cwd": os.getcwd()})
    java = JavaParameters(port=jvm["port"], auth_token=jvm["secret"], auto_convert=True)
    gateway = ClientServer(java, PythonParameters(port=0, eager_load=False))
    try:
        view = gateway.jvm
        system = view.java.lang.System
        exercised = view.java.util.Properties()
        exercised.load(view.java.io.FileInputStream(os.path.join(jvm["home"], "spark-defaults.conf")))
        for name in exercised.stringPropertyNames():
            system.clearProperty(name)
        system.getProperties().load(view.java.io.FileInputStream(properties))
        for name, value in _system_properties().items():
            system.setProperty(name, value)
        for stream, set_stream in (("stdout", system.setOut), ("stderr", system.setErr)):
            file = view.java.io.FileOutputStream(str(run / f"{stream}.log"), True)
            set_stream(view.java.io.PrintStream(file, True))
    finally:
        with contextlib.suppress(Exception):
            gateway.shutdown_callback_server()
            gateway.close()


def _system_properties() -> dict[str, str]:
    """Return what a JVM reads from its environment and folder at start, by the names it can be told later."""
    names = {
        "aws.accessKeyId": os.environ.get("AWS_ACCESS_KEY_ID"),
        "aws.secretKey": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "aws.sessionToken": os.environ.get("AWS_SESSION_TOKEN"),
        "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH"),
        "user.dir": os.getcwd(),
        "derby.system.home": os.environ.get("TMPDIR"),
    }
    return {name: value for name, value in names.items() if value}


def _adopt_environment(home: Path) -> None:
    """Replace a worker's environment, which is that of the older JVM, by the run's."""
    try:
        run = json.loads((home / ENVIRONMENT).read_text(encoding="utf-8"))
    except OSError:  # while the JVM is being exercised there is no run
        return
    os.environ.update(run["environment"])
    os.environ.pop(_OFFER, None)
    os.chdir(run["cwd"])


def _write_private(file: Path, content: dict[str, Any]) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as sink:
        json.dump(content, sink)
