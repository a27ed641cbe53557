#!/usr/bin/env bash
# Resolves the dependencies that pyproject.toml declares, for every platform, into files of exact versions and hashes.
# They name no package index and no address, so that they hold wherever packages come from.
set -euo pipefail
cd "$(dirname "$0")/.."

pin() {
  .bootstrap/bin/uv pip compile --quiet --universal --python-version 3.12 --upgrade --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header "$@"
}

pin pyproject.toml --output-file requirements/runtime.txt
pin pyproject.toml --group dev --output-file requirements/development.txt
# Apart, since it compiles and so cannot be installed everywhere.
sed -n 's/^libvirt = \["\(.*\)"\]$/\1/p' pyproject.toml | pin - --output-file requirements/libvirt.txt
