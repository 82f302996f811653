"""The jars of a run in AWS's Glue image: the image's own, and of those lent to it what it lacks.

The 4.0 image keeps Delta beside Spark and puts it on the class path in a login shell only, for all jobs or
for none; here it is there for the jobs that ask by `--datalake-formats delta`, as on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_CONNECTORS = ("../aws-glue-libs/datalake-connectors/delta-*", "/usr/share/aws/delta/lib")
_BUNDLE = "aws-java-sdk-bundle"
_OF_BUNDLE = re.compile(r"aws-java-sdk-.*|jmespath-java")


def image_jars(
    lent: Path, formats: Sequence[str], image: Mapping[str, str], environment: Mapping[str, str]
) -> list[str]:
    """Class path entries beside those that the image's Spark has already.

    lent: a folder of the jars that Glue has beside pyspark's. image: the image's spark-defaults.conf.
    """
    spark_home = Path(environment.get("SPARK_HOME", "/nowhere"))
    there = {_artifact(jar) for jar in _class_path(spark_home, image)}
    jars = sorted(lent.glob("*.jar"))
    delta = _connector(spark_home) or [jar for jar in jars if _is_delta(jar)]
    others = [
        jar
        for jar in jars
        if not _is_delta(jar)
        and _artifact(jar) not in there
        and not (_BUNDLE in there and _OF_BUNDLE.fullmatch(_artifact(jar)))
    ]
    return [str(jar) for jar in [*(delta if "delta" in formats else []), *others]]


def _class_path(spark_home: Path, image: Mapping[str, str]) -> Iterable[Path]:
    yield from (spark_home / "jars").glob("*.jar")
    for entry in image.get("spark.driver.extraClassPath", "").split(":"):
        if entry.endswith("/*"):
            yield from Path(entry[:-2]).glob("*.jar")
        elif entry.endswith(".jar"):
            yield Path(entry)


def _connector(spark_home: Path) -> list[Path]:
    for pattern in _CONNECTORS:
        root, relative = (spark_home, pattern) if pattern.startswith("..") else (Path("/"), pattern[1:])
        if jars := [jar for folder in sorted(root.glob(relative)) for jar in sorted(folder.glob("*.jar"))]:
            return jars
    return []


def _artifact(jar: Path) -> str:
    """`hadoop-aws` for hadoop-aws-3.3.2.jar."""
    return re.sub(r"-\d[\w.-]*$", "", jar.stem)


def _is_delta(jar: Path) -> bool:
    return jar.name.startswith("delta-")
