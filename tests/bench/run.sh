#!/usr/bin/env bash
# ./dev bench: the benchmarks of docs/benchmarks.md, one after another. They say nothing on a machine that does other
# things meanwhile. With --peers [ROUNDS], beside other servers instead; with --chat, what the chat must hold; with
# --growth, where one machine ends; with --engine [ROUNDS], a station before a NATS cluster beside a plain client of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ "${1:-}" = --peers ]; then
    shift
    exec tests/bench/peers/compare.py "$@"
fi

if [ "${1:-}" = --engine ]; then
    shift
    exec tests/bench/jetstream.py "$@"
fi

if [ "${1:-}" = --chat ]; then
    shift
    exec tests/bench/chat/bench.py "$@"
fi

if [ "${1:-}" = --growth ]; then
    shift
    exec tests/bench/growth/growth.py "$@"
fi

echo "The log's parts, each by itself"
build/bin/log_micro --benchmark_counters_tabular=true 2>/dev/null
echo
echo "The log"
tests/bench/log.sh
echo
echo "Step 2 beside a plain C epoll echo server"
tests/bench/echo.py "$@"
echo
echo "The load generator beside a plain C client"
tests/bench/loadgen.sh
