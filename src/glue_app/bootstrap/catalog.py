"""LocalStack's index of all AWS operations, made once: built anew in each process it costs 350 MB and 3 s."""

from __future__ import annotations

import shutil

from glue_app.bootstrap.context import Context, Done
from glue_app.bootstrap.process import run

_BUILD = """
import pathlib, sys
from localstack.aws import spec
folder = pathlib.Path(sys.argv[1])
spec.build_service_index_cache(str(folder / spec._get_catalog_filename()))
"""


def build(context: Context) -> Done:
    """Make a folder with the one file that LocalStack looks for by LocalStack's and botocore's versions."""
    folder = context.tools / "localstack-catalog"
    work = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    python = context.toolchain.host_python
    run([python, "-c", _BUILD, work], context.log("catalog"), context.console, "LocalStack's catalog")
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)
    (file,) = folder.iterdir()
    return Done({"catalog": str(folder)}, [file], f"{file.stat().st_size / 1e6:.1f} MB")
