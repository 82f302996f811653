"""Terraform's CLI configuration of this project: the AWS provider from this machine when it has it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from glue_app.bootstrap import find_terraform
from glue_app.bootstrap.context import Context, Done
from glue_app.bootstrap.process import run
from glue_app.bootstrap.stamps import write_atomically


def prepare(context: Context) -> Done:
    """Write `.tools/terraform.rc`.

    Without a copy on the machine the provider is got from the registry once, into a mirror of our own.
    The file stands in for the user's own configuration in every call that the project makes: theirs may
    name a mirror that lacks the provider, or not exist at all.
    """
    version = find_terraform.PROVIDER_VERSION
    mirror = find_terraform.find_mirror()
    how = f"{version} in {mirror}"
    if mirror is None:
        mirror = context.tools / "terraform-providers"
        _mirror_from_registry(context, mirror, version)
        how = f"{version} from the registry, kept in {mirror}"
    config = context.tools / "terraform.rc"
    write_atomically(config, cli_config(mirror))
    return Done({"terraform_rc": str(config)}, [config, mirror], how)


def cli_config(mirror: Path) -> str:
    """Say where Terraform looks: the AWS provider from `mirror`, any other straight from its registry."""
    return (
        "# written by glue_app/bootstrap: see its provider.py\n"
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {json.dumps(str(mirror))}\n"
        '    include = ["hashicorp/aws"]\n'
        "  }\n"
        '  direct {\n    exclude = ["hashicorp/aws"]\n  }\n'
        "}\n"
        "disable_checkpoint = true\n"
    )


def _mirror_from_registry(context: Context, mirror: Path, version: str) -> None:
    work = context.tools / ".terraform-providers.new"
    shutil.rmtree(work, ignore_errors=True)
    (work / "config").mkdir(parents=True)
    (work / "config/versions.tf").write_text(
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "'
        + version
        + '" }\n  }\n}\n'
    )
    empty = work / "empty.rc"
    empty.write_text("")
    env = dict(os.environ, TF_CLI_CONFIG_FILE=str(empty))
    run(
        [context.toolchain.terraform, f"-chdir={work / 'config'}", "providers", "mirror", work / "mirror"],
        context.log("provider"),
        context.console,
        "AWS provider",
        env,
        remedy="Terraform's registry can't be reached: put hashicorp/aws "
        f"{version} into a filesystem mirror and name its folder in TF_PLUGIN_CACHE_DIR",
    )
    shutil.rmtree(mirror, ignore_errors=True)
    (work / "mirror").rename(mirror)
    shutil.rmtree(work)
