#!/usr/bin/env bash
# The load generator against a plain C client: both keep the same lines in flight on the same server, turn about, and
# the medians are compared. Builds nothing.
#
#     tests/bench/loadgen.sh [BIN_DIR]        SECONDS_EACH=1 ROUNDS=3 SERVERS="step02_async_echo epoll_echo_server"
set -euo pipefail

bin=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin}
seconds=${SECONDS_EACH:-1}
rounds=${ROUNDS:-3}
servers=${SERVERS:-step02_async_echo epoll_echo_server}
bytes=128   # of a line, its '\n' among them

# Server and client each get a processor of their own: where the system places them changes from run to run, and with
# one connection that alone is worth a factor of four.
on_cpu() {
    if [ "$(nproc)" -ge 2 ]; then exec taskset -c "$@"; else shift; exec "$@"; fi
}

for program in loadgen epoll_client $servers; do
    [ -x "$bin/$program" ] || { echo "loadgen.sh: $bin/$program is not built" >&2; exit 2; }
done

scratch=$(mktemp -d)
server=
stop_server() {
    [ -z "$server" ] || { kill "$server"; wait "$server" || true; } 2>/dev/null
    server=
}
trap 'stop_server; rm -rf "$scratch"' EXIT

start_server() {
    local arguments=()
    [[ $1 != step* ]] || arguments=(--port 0)
    : >"$scratch/out"
    (on_cpu 0 "$bin/$1" "${arguments[@]}") >"$scratch/out" &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/.* listening on .*:\([0-9]*\)$/\1/p' "$scratch/out")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    echo "loadgen.sh: $1 does not listen" >&2
    exit 1
}

c_client() {
    (on_cpu 1 "$bin/epoll_client" "$port" "$bytes" "$1" "$2" "$seconds") | sed -n 's/^rate=\([0-9]*\).*/\1/p'
}

hammer() {
    (on_cpu 1 "$bin/loadgen" --target "127.0.0.1:$port" --mix echo --payload $((bytes - 1)) --connections "$1" \
        --pipeline "$2" --duration "${seconds}s" --json - 2>/dev/null) |
        sed -n '/"result": {/,/"sent"/ s/.*"rate_per_second": \([0-9]*\).*/\1/p'
}

median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }

printf '%-18s %11s %8s %14s %14s %7s\n' server connections pipeline "C client/s" "loadgen/s" ratio
for program in $servers; do
    for connections in 1 50 1000; do
        for pipeline in 1 64; do
            start_server "$program"
            : >"$scratch/c"
            : >"$scratch/hammer"
            for _ in $(seq "$rounds"); do
                c_client "$connections" "$pipeline" >>"$scratch/c"
                hammer "$connections" "$pipeline" >>"$scratch/hammer"
            done
            stop_server
            c=$(median <"$scratch/c")
            h=$(median <"$scratch/hammer")
            printf '%-18s %11s %8s %14s %14s %7s\n' "$program" "$connections" "$pipeline" "$c" "$h" \
                "$(awk "BEGIN { printf \"%.2f\", $h / $c }")"
        done
    done
done
