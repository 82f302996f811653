"""In AWS's Glue image a run has the image's own jars, and of those lent to it what the image lacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glue_app.runner.job_site.glue_runner import image_jars

LENT = (
    "aws-java-sdk-core-1.12.262.jar", "aws-java-sdk-s3-1.12.262.jar", "delta-core_2.12-2.1.0.jar",
    "delta-storage-2.1.0.jar", "hadoop-aws-3.3.2.jar", "jmespath-java-1.12.262.jar", "postgresql-42.7.4.jar",
)  # fmt: skip


def jars(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


@pytest.fixture(autouse=True)
def _no_image_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector's folder of 5.0 is an absolute path: this machine may be such an image."""
    of_spark = tuple(pattern for pattern in image_jars._CONNECTORS if pattern.startswith(".."))
    monkeypatch.setattr(image_jars, "_CONNECTORS", of_spark)


@pytest.fixture
def class_path(tmp_path: Path) -> Callable[..., list[str]]:
    """class_path(formats, class path in the image's defaults): the names of what is put before it."""
    lent = jars(tmp_path / "lent", *LENT, "NOTICE.txt")
    spark = jars(tmp_path / "home/spark/jars", "spark-core_2.12-3.3.0.jar").parent

    def found(formats: tuple[str, ...] = (), defaults: str = "") -> list[str]:
        image = {"spark.driver.extraClassPath": defaults} if defaults else {}
        made = image_jars.image_jars(lent, formats, image, {"SPARK_HOME": str(spark)})
        assert all(Path(jar).is_absolute() and Path(jar).is_file() for jar in made)
        return [Path(jar).name for jar in made]

    return found


ClassPath = Callable[..., list[str]]
OTHERS = [name for name in LENT if not name.startswith("delta-")]


def test_what_the_image_lacks_is_lent(class_path: ClassPath) -> None:
    assert class_path() == OTHERS


def test_an_artifact_of_sparks_folder_is_the_images(class_path: ClassPath, tmp_path: Path) -> None:
    """In whatever version: two of them on one class path break each other."""
    jars(tmp_path / "home/spark/jars", "hadoop-aws-3.3.3-amzn-0.jar", "postgresql-42.3.6.jar")

    assert class_path() == [jar for jar in OTHERS if not jar.startswith(("hadoop-aws", "postgresql"))]


def test_an_artifact_of_the_images_class_path_is_the_images(class_path: ClassPath, tmp_path: Path) -> None:
    folder = jars(tmp_path / "glue", "hadoop-aws-3.3.3.jar")
    single = jars(tmp_path / "jdbc", "postgresql-42.3.6.jar") / "postgresql-42.3.6.jar"
    jars(tmp_path / "conf", "aws-java-sdk-s3-1.12.1.jar")  # as a folder of resources: no jar of it counts

    found = class_path(defaults=f"{folder}/*:{single}:{tmp_path}/conf:{tmp_path}/absent/*")

    assert found == [jar for jar in OTHERS if not jar.startswith(("hadoop-aws", "postgresql"))]


def test_an_artifact_with_a_longer_name_is_another_one(class_path: ClassPath, tmp_path: Path) -> None:
    jars(tmp_path / "home/spark/jars", "hadoop-aws-extras-3.3.3.jar", "hadoop-3.3.3.jar")

    assert "hadoop-aws-3.3.2.jar" in class_path()


def test_the_sdks_bundle_has_what_the_single_jars_have(class_path: ClassPath, tmp_path: Path) -> None:
    jars(tmp_path / "home/spark/jars", "aws-java-sdk-bundle-1.12.31.jar")

    assert class_path() == ["hadoop-aws-3.3.2.jar", "postgresql-42.7.4.jar"]


def test_delta_is_there_for_the_jobs_that_ask(class_path: ClassPath) -> None:
    """Lent, where the image has none; first, as AWS has it."""
    lent = ["delta-core_2.12-2.1.0.jar", "delta-storage-2.1.0.jar"]

    assert class_path(("delta",)) == [*lent, *OTHERS]
    assert class_path(("hudi", "iceberg")) == OTHERS


def test_the_images_delta_is_taken_where_it_has_one(class_path: ClassPath, tmp_path: Path) -> None:
    """Of the 4.0 image, beside Spark: for the jobs that ask, and the lent one for none."""
    own = jars(tmp_path / "home/aws-glue-libs/datalake-connectors/delta-2.1.0", "delta-core.jar", "README")

    assert class_path(("delta",)) == ["delta-core.jar", *OTHERS]
    assert class_path() == OTHERS
    assert own.is_dir()


def test_the_delta_of_another_image_layout_is_taken(
    class_path: ClassPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the 5.0 image: a folder at an absolute path."""
    own = jars(tmp_path / "usr/share/aws/delta/lib", "delta-spark_2.12-3.3.0.jar")
    monkeypatch.setattr(image_jars, "_CONNECTORS", (*image_jars._CONNECTORS, str(own)))

    assert class_path(("delta",)) == ["delta-spark_2.12-3.3.0.jar", *OTHERS]


def test_an_empty_connector_folder_is_none(class_path: ClassPath, tmp_path: Path) -> None:
    jars(tmp_path / "home/aws-glue-libs/datalake-connectors/delta-2.1.0")

    assert "delta-core_2.12-2.1.0.jar" in class_path(("delta",))
