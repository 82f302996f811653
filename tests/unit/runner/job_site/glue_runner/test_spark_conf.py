"""The Spark configuration of a run, and the parameters Glue consumes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue_app.runner.job_site.glue_runner.spark_conf import (
    image_defaults,
    jars_for,
    parse_conf,
    properties,
    spark_conf,
)
from glue_app.runner.job_site.glue_runner.special_parameters import (
    LaunchError,
    datalake_formats,
    refuse_not_emulated,
)


def conf(**changes: Any) -> dict[str, str]:
    defaults: dict[str, Any] = {
        "master": "local[2]", "driver_memory": "1g", "endpoint": "http://127.0.0.1:4566",
        "region": "us-east-1", "scratch": Path("/scratch"), "jars": ["/a.jar", "/b.jar"],
        "java_options": ["-XX:X"], "user": {}, "image": {},
    }  # fmt: skip
    return spark_conf(**{**defaults, **changes})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("a=b --conf c=d=e --conf  f=g h", {"a": "b", "c": "d=e", "f": "g h"}),
        ("--conf a=b", {"a": "b"}),
        ("a=1 --conf a=2", {"a": "2"}),
        ('a="b"', {"a": "b"}),
    ],
)
def test_several_settings_in_one_conf_parameter(value: str, expected: dict[str, str]) -> None:
    assert parse_conf(value) == expected


@pytest.mark.parametrize("value", ["a", "a b=c", "=b", "a=b --conf c"])
def test_a_setting_that_is_none_is_named(value: str) -> None:
    with pytest.raises(ValueError, match="is not name=value"):
        parse_conf(value)


def test_s3_is_s3a_on_the_endpoint_without_secrets_in_the_file() -> None:
    made = conf()
    assert made["spark.hadoop.fs.s3.impl"] == made["spark.hadoop.fs.s3a.impl"]
    assert made["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:4566"
    assert not any("AbstractFileSystem" in name for name in made)
    assert not any(word in name for name in made for word in ("secret", "access.key", "session.token"))


def test_a_jobs_own_settings_win_except_where_they_would_break_out() -> None:
    made = conf(
        user={
            "spark.sql.shuffle.partitions": "7",
            "spark.own": "x",
            "spark.hadoop.fs.s3a.endpoint": "https://s3.amazonaws.com",
            "spark.hadoop.fs.s3a.bucket.mine.endpoint": "https://s3.amazonaws.com",
            "spark.hadoop.fs.s3.impl": "com.amazon.ws.emr.hadoop.fs.EmrFileSystem",
            "spark.master": "yarn",
            "spark.driver.extraJavaOptions": "-Dmine=1",
            "spark.driver.extraClassPath": "/mine.jar",
        }
    )
    assert (made["spark.sql.shuffle.partitions"], made["spark.own"]) == ("7", "x")
    assert made["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:4566"
    assert "spark.hadoop.fs.s3a.bucket.mine.endpoint" not in made
    assert made["spark.hadoop.fs.s3.impl"].endswith("S3AFileSystem")
    assert made["spark.master"] == "local[2]"
    assert made["spark.driver.extraJavaOptions"].endswith("-XX:X -Dmine=1")
    assert made["spark.driver.extraClassPath"] == "/mine.jar:/a.jar:/b.jar"


def test_the_images_own_defaults_are_the_base_and_its_class_path_is_kept(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "spark-defaults.conf").write_text(
        "# of the image\nspark.driver.extraClassPath  /image/*\nspark.image=yes\nspark.master yarn\n"
    )
    image = image_defaults({"SPARK_HOME": str(tmp_path)})
    made = conf(image=image)
    assert made["spark.driver.extraClassPath"] == "/a.jar:/b.jar:/image/*"
    assert (made["spark.image"], made["spark.master"]) == ("yes", "local[2]")
    assert "spark.driver.extraClassPath" not in conf(jars=[])
    assert image_defaults({}) == {}


def test_the_properties_file_keeps_values_as_they_are() -> None:
    assert properties({"a": "b=c d", "e": "f\\g\nh"}) == "a b=c d\ne f\\\\g\\nh\n"


def test_deltas_jars_are_there_only_when_asked_for(tmp_path: Path) -> None:
    for name in ("delta-core_2.12-2.1.0.jar", "hadoop-aws-3.3.2.jar", "note.txt"):
        (tmp_path / name).touch()
    assert jars_for(tmp_path, []) == [str(tmp_path / "hadoop-aws-3.3.2.jar")]
    assert len(jars_for(tmp_path, ["delta"])) == 2
    assert jars_for(None, ["delta"]) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"--job-language": "scala"},
        {"--enable-glue-datacatalog": "true"},
        {"--enable-glue-datacatalog": ""},
        {"--job-bookmark-option": "job-bookmark-enable"},
        {"--datalake-formats": "delta,iceberg"},
    ],
)
def test_what_a_job_would_not_get_is_refused_by_name(arguments: dict[str, str]) -> None:
    with pytest.raises(LaunchError, match=f"NotEmulatedByGlueApp: {next(iter(arguments))}"):
        refuse_not_emulated(arguments)


def test_what_only_tunes_or_watches_is_taken() -> None:
    refuse_not_emulated(
        {
            "--job-language": "python",
            "--enable-metrics": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--job-bookmark-option": "job-bookmark-disable",
            "--TempDir": "s3://b/tmp/",
            "--datalake-formats": "delta",
        }
    )
    assert datalake_formats({"--datalake-formats": " delta, ,hudi"}) == ["delta", "hudi"]


def test_what_the_jvm_unpacks_lies_in_the_runs_folder() -> None:
    """lz4, snappy, zstd, netty and Hadoop unpack and buffer there; a killed JVM leaves them behind."""
    made = conf()
    options = made["spark.driver.extraJavaOptions"].split()
    assert "-Djava.io.tmpdir=/scratch" in options
    assert "-XX:-UsePerfData" in options  # its file is in the system's temporary folder, whatever tmpdir says
    assert made["spark.hadoop.hadoop.tmp.dir"].startswith("/scratch/")


def test_a_jobs_conf_leads_past_no_guard() -> None:
    """Java's proxies, and a path for Spark's Python workers that may hold a sitecustomize."""
    given = (
        "-Dhttp.proxyHost=10.0.0.1 -Dkept=1 -Dhttps.proxyPort=1 -DsocksProxyHost=x "
        "-Djava.net.useSystemProxies=true"
    )
    user = {"spark.driver.extraJavaOptions": given, "spark.executorEnv.PYTHONPATH": "/theirs"}
    made = conf(user=user)
    options = made["spark.driver.extraJavaOptions"]
    assert "-Dkept=1" in options
    assert not any(word in options for word in ("10.0.0.1", "proxyPort", "ProxyHost=x", "useSystemProxies"))
    ours, theirs = made["spark.executorEnv.PYTHONPATH"].split(":")
    assert theirs == "/theirs"
    assert Path(ours, "sitecustomize.py").is_file()
