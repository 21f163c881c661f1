#!/usr/bin/env bash
# Installs what the browser tests need from npm: setup.sh FOLDER. Exit status 77, and a line that says why, where this
# machine can't: the tests are then skipped, for all to see.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1

skip() {
    echo "skipped: $*" >&2
    exit 77
}

for command in node npm; do
    command -v "$command" >/dev/null || skip "no $command"
done

mkdir -p "$folder"
cd "$folder"
if cmp -s "$here/package-lock.json" package-lock.json && [ -e node_modules/.complete ]; then exit 0; fi
rm -rf node_modules
cp "$here/package.json" "$here/package-lock.json" .
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >install.log 2>&1 ||
    skip "npm could not install playwright-core and ws; $folder/install.log says why"
touch node_modules/.complete
