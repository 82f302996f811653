#!/bin/bash
# install-spark.sh PYTHON LOCK BUILD_LOCK SPARK_HOME: the locked packages for PYTHON, and Spark in SPARK_HOME.
#
# The real images have a Spark distribution, found by SPARK_HOME and PYTHONPATH, and no pyspark, py4j or delta
# of pip's. pyspark's source archive on PyPI is such a distribution, in other folders.
set -euo pipefail
python=$1 lock=$2 build_lock=$3 home=$4
export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
work=$(mktemp -d)

# pick REGEX 1|0: the lock's entries whose name matches (1) or does not (0), with their digests
pick() {
  awk -v names="^($1)==" -v wanted="$2" '/^[A-Za-z]/ {is = $0 ~ names} /^[A-Za-z ]/ && is == wanted' "$lock"
}
pick 'pyspark|py4j|delta-spark' 0 >"$work/packages.txt"
pick 'pyspark' 1 >"$work/spark.txt"

/opt/stand-in/uv pip install --quiet --no-cache --compile-bytecode --python "$python" --break-system-packages \
  --no-deps --require-hashes --build-constraints "$build_lock" -r "$work/packages.txt"
"$python" -m pip download --quiet --no-cache-dir --no-deps --no-binary :all: --require-hashes \
  -r "$work/spark.txt" -d "$work"
tar -xzf "$work"/pyspark-*.tar.gz -C "$work" --no-same-owner
spark=$(echo "$work"/pyspark-*/)

mkdir -p "$home/conf" "$home/python/lib"
mv "$spark"/deps/{bin,sbin,jars} "$home/"
mv "$spark"/lib/*.zip "$home/python/lib/"
mv "$spark/pyspark" "$home/python/pyspark"
rm -r "$home/python/pyspark/python"
"$python" -m compileall -q "$home/python/pyspark"
rm -r "$work"
