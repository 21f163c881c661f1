#!/usr/bin/env bash
# Does what a newcomer does: clones the repository, into a folder whose path has spaces, builds it without a terminal
# and without input, starts a step and sends it an event. Only what is committed takes part.
#
#   tests/scripts/newcomer.sh
#
# It takes as long as a first build (CCACHE_DISABLE=1: on a machine that has never built it), so it is run by hand and not
# by ctest. Prints the times; ends with status 0 where all went well, and removes its folder in any case.
set -euo pipefail

repository=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
folder=$(mktemp -d "${TMPDIR:-/tmp}/a newcomer's folder.XXXXXX")
step=
leave() {
    [ -z "$step" ] || kill "$step" 2>/dev/null || true
    rm -rf "$folder"
}
trap leave EXIT

fail() {
    printf 'newcomer: %s\n' "$1" >&2
    tail -n 40 "$folder"/*.log >&2
    exit 1
}

git clone -q "$repository" "$folder/station"
cd "$folder/station"
for build in first second; do
    begin=$SECONDS
    setsid --wait ./dev build </dev/null >"$folder/$build.log" 2>&1 || fail "the $build ./dev build failed"
    echo "$build ./dev build: $((SECONDS - begin)) s"
done

setsid ./dev run 5 --port 0 </dev/null >"$folder/stdout.log" 2>"$folder/stderr.log" &
step=$!
until grep -q . "$folder/stdout.log"; do
    kill -0 "$step" 2>/dev/null || fail "./dev run 5 ended by itself"
    sleep 0.1
done
port=$(sed -n 's/^step05_bounded_channel listening on 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$folder/stdout.log")
[ -n "$port" ] || fail "the first line on standard output is not what it should be"

exec 3<>"/dev/tcp/127.0.0.1/$port"
echo '{"user":"alice","action":"buy","amount":100}' >&3
read -r -t 10 reply <&3 || fail "no reply"
[ "$reply" = '{"status":"accepted"}' ] || fail "the reply is $reply"

kill -TERM "$step"
status=0
wait "$step" || status=$?
step=
[ "$status" -eq 0 ] || fail "the step ended with status $status"
echo "step 5 listened, answered and left"
