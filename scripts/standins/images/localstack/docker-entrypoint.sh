#!/bin/bash
# LOCALSTACK_X counts as X, boot hooks run first, then LocalStack takes this process's place and its signals.
set -eo pipefail
while IFS='=' read -r name _; do
  case $name in
    LOCALSTACK_HOSTNAME | LOCALSTACK_BUILD* | LOCALSTACK_[0-9]*) ;;
    LOCALSTACK_*) export "${name#LOCALSTACK_}=${!name}" ;;
  esac
done < <(env)

mkdir -p /var/lib/localstack/{cache,lib,logs,state,tmp}
cd /opt/code/localstack
. .venv/bin/activate
if [ -d /etc/localstack/init/boot.d ]; then
  python -m localstack.runtime.init BOOT
fi
exec python -m localstack.runtime.main
