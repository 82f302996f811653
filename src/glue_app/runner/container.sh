#!/bin/bash
# The runner in AWS's Glue image: its user, its Python, its Spark. Called by a login shell, which has set them.
set -euo pipefail
umask 077
export RUNNER_HOME=$PWD/runner RUNNER_TOKEN_FILE=$PWD/token
mkdir -p "$RUNNER_HOME"
# made here, on a volume that LocalStack reads: in no file of the host, no environment and no argument
[ -s "$RUNNER_TOKEN_FILE" ] || head -c 32 /dev/urandom | base64 -w 0 >"$RUNNER_TOKEN_FILE"
RUNNER_PYTHON=$(command -v python3)
export RUNNER_PYTHON PYTHONPATH="/opt/glue-app${PYTHONPATH:+:$PYTHONPATH}"
exec python3 -m glue_app.runner
