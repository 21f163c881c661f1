#!/usr/bin/env bash
# Runs one browser test: run.sh CASE. Exit status 77, and a line that says why, where this machine can't.
set -euo pipefail
if ! command -v node >/dev/null; then
    echo "skipped: no node" >&2
    exit 77
fi
exec node "$(dirname "${BASH_SOURCE[0]}")/$1_test.js"
