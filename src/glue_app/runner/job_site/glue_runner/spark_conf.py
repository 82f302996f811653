"""The Spark configuration of a run: Glue's behaviour on a local master and a local S3.

Measured and found necessary: `s3://` is S3A by fs.s3.impl only (fs.AbstractFileSystem.s3.impl fails its
scheme check in Hadoop 3.3), so checkpoints go through FileSystem; jars go on extraClassPath, for spark.jars
copies them and Ivy takes half a minute. Credentials are not here: S3A reads them from the environment, or
from system properties in a JVM that is older than its run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

LOG4J2 = Path(__file__).with_name("log4j2.properties")
S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_CLOUD = "org.apache.spark.internal.io.cloud"  # spark-hadoop-cloud
_CHECKPOINTS = "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
_APPENDED = ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions")
_PYTHON_PATH = "spark.executorEnv.PYTHONPATH"
_JOB_SITE = str(Path(__file__).resolve().parents[1])
_PREPENDED = ("spark.driver.extraClassPath", "spark.executor.extraClassPath")
# Java options that would lead past the egress guard of the JVM
_PROXY = re.compile(r"-D(https?\.(proxy|nonProxy)|ftp\.|socks|java\.net\.(useSystemProxies|socks))\S*")
# what binds the run to this machine and to the local S3; a job's own value would break or break out
_BOUND = re.compile(
    r"spark\.(master|submit\.deployMode|ui\.enabled|driver\.(host|bindAddress))"
    r"|spark\.hadoop\.fs\.s3[an]?\.(bucket\..*\.)?(endpoint(\.region)?|path\.style\.access|connection\.ssl\.enabled|impl"
    r"|access\.key|secret\.key|session\.token|aws\.credentials\.provider|proxy\..*)"
)


def parse_conf(value: str) -> dict[str, str]:
    """Return the value of --conf: `a=b --conf c=d`. Later settings win. Raise ValueError naming a bad one.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
    """
    settings: dict[str, str] = {}
    for part in re.split(r"(?:^|\s)--conf\s+", value.strip()):
        if not part.strip():
            continue
        name, equals, setting = part.strip().partition("=")
        if not equals or not name or re.search(r"\s", name):
            raise ValueError(f"--conf: {part.strip()!r} is not name=value")
        settings[name] = setting.strip().strip('"')
    return settings


def jars_for(folder: Path | None, formats: Sequence[str]) -> list[str]:
    """Return the jars Glue has for a run: Delta's only with `--datalake-formats delta`."""
    if folder is None:
        return []
    return [
        str(j) for j in sorted(folder.glob("*.jar")) if "delta" in formats or not j.name.startswith("delta-")
    ]


def spark_conf(
    *,
    master: str,
    driver_memory: str,
    endpoint: str,
    region: str,
    scratch: Path,
    jars: Sequence[str],
    java_options: Sequence[str],
    user: Mapping[str, str],
    image: Mapping[str, str],
) -> dict[str, str]:
    """Return all settings of a run.

    image: what the image's own spark-defaults.conf says; ours win, but its class path is kept.
    user: the job's own --conf; it wins except where a setting binds the run to the local stack.
    scratch: a folder for Derby, the warehouse and the like. jars: the driver's class path, in order.
    """
    conf = {
        **image,
        "spark.master": master,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": driver_memory,
        "spark.driver.extraJavaOptions": " ".join(
            [
                "-Xss4m",
                "-XX:+UseSerialGC",
                # a heap that grows from little and, in a JVM that waits for its run, shrinks again
                "-XX:InitialHeapSize=64m",
                "-XX:MinHeapFreeRatio=10",
                "-XX:MaxHeapFreeRatio=30",
                "-Dio.netty.allocator.maxOrder=7",  # network buffers by the megabyte, not by sixteen
                f"-Dlog4j2.configurationFile={LOG4J2}",
                f"-Djava.io.tmpdir={scratch}",  # where lz4, snappy, zstd, netty unpack theirs
                "-XX:-UsePerfData",  # else a killed JVM leaves a file in the system's temporary folder
                f"-Dderby.system.home={scratch}",
                "-Daws.java.v1.disableDeprecationAnnouncement=true",
                *java_options,
            ]
        ),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",  # two cores, not Glue's many; a job's own value wins
        "spark.default.parallelism": "4",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.databricks.delta.snapshotPartitions": "1",
        # Delta 3.3 renames its checksum files into place: under a KMS key AWS's SDK does that over HTTPS only
        "spark.databricks.delta.writeChecksumFile.enabled": "false",
        "spark.hadoop.hadoop.tmp.dir": str(scratch / "hadoop"),
        "spark.sql.streaming.checkpointFileManagerClass": _CHECKPOINTS,
        **_s3(endpoint, region),
        **_committer(),
    }
    for name in _PREPENDED:
        if class_path := ":".join([*jars, *filter(None, [image.get(name)])]):
            conf[name] = class_path
    for name, value in user.items():
        if _BOUND.fullmatch(name):
            continue
        if name in _APPENDED and name in conf:
            conf[name] = f"{conf[name]} {_PROXY.sub('', value)}"
        elif name in _PREPENDED and conf.get(name):
            conf[name] = f"{value}:{conf[name]}"
        elif name == _PYTHON_PATH:
            conf[name] = f"{_JOB_SITE}:{value}"  # or a sitecustomize there would run instead of ours
        else:
            conf[name] = value
    return conf


def image_defaults(env: Mapping[str, str]) -> dict[str, str]:
    """Return the spark-defaults.conf of the installation, where there is one: AWS's Glue images have
    theirs.
    """
    folder = env.get("SPARK_CONF_DIR") or (f"{env['SPARK_HOME']}/conf" if env.get("SPARK_HOME") else None)
    file = Path(folder, "spark-defaults.conf") if folder else None
    if file is None or not file.is_file():
        return {}
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    pairs = (
        re.split(r"\s*=\s*|\s+", line, maxsplit=1) for line in lines if line and not line.startswith("#")
    )
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def properties(conf: Mapping[str, str]) -> str:
    """spark-defaults.conf: a java.util.Properties file, backslashes and line ends escaped."""
    lines = (f"{name} {value}".replace("\\", "\\\\").replace("\n", "\\n") for name, value in conf.items())
    return "".join(line + "\n" for line in lines)


def _s3(endpoint: str, region: str) -> dict[str, str]:
    conf = {f"spark.hadoop.fs.{scheme}.impl": S3A for scheme in ("s3", "s3a", "s3n")}
    s3a = {
        "endpoint": endpoint,
        "endpoint.region": region,
        "path.style.access": "true",
        "connection.ssl.enabled": str(endpoint.startswith("https:")).lower(),
        "aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider,"
        "com.amazonaws.auth.SystemPropertiesCredentialsProvider",
        "attempts.maximum": "3",
        "retry.limit": "3",
        "fast.upload.buffer": "bytebuffer",
    }
    return conf | {f"spark.hadoop.fs.s3a.{name}": value for name, value in s3a.items()}


def _committer() -> dict[str, str]:
    """Parquet and the like reach S3 by the magic committer: no renames, nothing half written."""
    factory = "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory"
    return {
        "spark.hadoop.fs.s3a.committer.name": "magic",
        "spark.hadoop.fs.s3a.committer.magic.enabled": "true",
        **{
            f"spark.hadoop.mapreduce.outputcommitter.factory.scheme.{s}": factory
            for s in ("s3", "s3a", "s3n")
        },
        "spark.sql.sources.commitProtocolClass": f"{_CLOUD}.PathOutputCommitProtocol",
        "spark.sql.parquet.output.committer.class": f"{_CLOUD}.BindingParquetOutputCommitter",
    }
