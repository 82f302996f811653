"""How reading and the step silver grow with a file: CPU seconds a megabyte, and memory in all.

    PYTHONPATH=src:.:glue:.tools/job-modules/4.0 .tools/glue-4.0/bin/python -m benchmarks.file_size \
        [megabytes ...] [--heap 1g] [--master local[2]] [--row 1000]

A file of quoted Japanese texts with line breaks, read in ranges; then the whole step silver over it (of the
largest size only). CPU seconds are those of all processes: other programs on the machine hardly change them.
Memory is the proportional set size of the JVMs and all Python workers together, its peak. With the master
local-cluster[4,1,1024] executors have a heap of 1 GB each.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from benchmarks.figure import Figure
from pipeline.contract.loader import load_contract
from pipeline.reading import open_csv
from pipeline.reading.frame import records
from pipeline.session import SETTINGS
from pipeline.silver import SilverJob, run
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts, Storage
from tests.support.fake_s3 import MODIFIED, FakeS3
from tests.support.file_bodies import FileBody
from tests.support.local_spark import spark_settings

MEGABYTES = (32, 64, 128)
CONTRACT = """
title: Reviews
source: {encoding: auto}
columns:
  - {name: id, type: integer, required: true}
  - {name: day, type: date}
  - {name: note, type: string}
record_key: [id]
"""
_TICKS = os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at this process and all below it, four times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mb = 0.0
        self._cpu: dict[str, float] = {}
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.25):
            self._look()

    def cpu_seconds(self) -> float:
        """Stop watching, and return the CPU seconds of all processes since it began."""
        self._over.set()
        self.join()
        self._look()
        return sum(self._cpu.values())

    def _look(self) -> None:
        memory = 0.0
        for process in _family():
            try:
                fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
                seconds = (int(fields[11]) + int(fields[12])) / _TICKS
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text().split("\nPss:", 1)
                memory += int(rollup[1].split()[0]) / 1024
            except (OSError, IndexError):
                continue  # it has ended
            self._cpu[process] = max(seconds, self._cpu.get(process, 0.0))
        self.peak_mb = max(self.peak_mb, memory)


def _family() -> list[str]:
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[status.parent.name] = status.read_text().rpartition(") ")[2].split()[1]
        except OSError:
            continue
    found = [str(os.getpid())]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def _measured(work: Callable[[], object]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak of memory in MB."""
    before = Watch()
    before.start()
    used = before.cpu_seconds()
    watch = Watch()
    watch.start()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return seconds, watch.cpu_seconds() - used, watch.peak_mb


def _write(path: Path, megabytes: int, row: int) -> None:
    text = "配送がとても早くて助かりました。\n「最高」です, ありがとう "
    text = (text * (row // len(text.encode()) + 1)).encode()[:row].decode(errors="ignore")
    with path.open("w", encoding="utf-8") as file:
        file.write("id,day,note\n")
        number = 0
        while file.tell() < megabytes << 20:
            file.writelines(f'{number + n},2024-01-02,"{text}"\n' for n in range(1000))
            number += 1000


def _session(folder: Path, heap: str, master: str) -> SparkSession:
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    settings = spark_settings(folder / "spark") | SETTINGS
    settings |= {"spark.driver.memory": heap, "spark.executor.memory": "1g", "spark.local.dir": str(folder)}
    settings |= {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main(arguments: list[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("megabytes", nargs="*", type=int, default=MEGABYTES)
    parser.add_argument("--heap", default="1g")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--row", type=int, default=1000, help="bytes")
    options = parser.parse_args(arguments)
    contract = load_contract(CONTRACT, "reviews.yaml")
    rates = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spark = _session(folder, options.heap, options.master)
        for megabytes in options.megabytes:
            path = folder / "reviews.csv"
            _write(path, megabytes, options.row)
            body = FileBody(str(path), 1 << 20)

            def read(body: FileBody = body) -> None:
                records(spark, open_csv(body, contract), 8).write.format("noop").mode("overwrite").save()

            read()  # warms the workers up
            seconds, cpu, peak = _measured(read)
            rates.append(megabytes / cpu)
            value = f"{megabytes / cpu:.1f} MB a CPU second, {seconds:.0f} s, {peak:.0f} MB in all"
            print(Figure(f"reading {megabytes} MB", value).line(), flush=True)
        slope = Figure("reading, CPU a MB, largest to smallest file", f"{rates[0] / rates[-1]:.2f}", "1.2")
        print(slope.line())
        job = SilverJob(
            contract=contract,
            source=SourceObject("bronze", "bronze/reviews/reviews.csv", "v1"),
            facts=SourceFacts(path.stat().st_size, MODIFIED),
            body=body,
            bucket="silver",
            lake=str(folder),
            job_run_id="jr_1",
            started_at=datetime.now(timezone.utc),
        )
        seconds, cpu, peak = _measured(lambda: run(spark, job, Storage(FakeS3())))
        value = f"{megabytes / cpu:.1f} MB a CPU second, {seconds:.0f} s, {peak:.0f} MB in all"
        print(Figure(f"step silver of {megabytes} MB, heap {options.heap}", value, "2560 MB").line())
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
