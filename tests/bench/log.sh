#!/usr/bin/env bash
# The log's table in docs/benchmarks.md ("The log"), as rows of Markdown. Takes about three minutes and 3 GB, builds
# nothing, and says nothing on a machine that does other things meanwhile.
#
#     tests/bench/log.sh [BIN_DIR]            SECONDS_EACH=2 DIR=/somewhere/on/the/disk EVENTS=10000000
#
# Where every publish is durable before it is acknowledged, the last column is how many events were acknowledged for each
# bare append and fdatasync that the same disk did right before and right after.
set -euo pipefail

station=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin}/station
seconds=${SECONDS_EACH:-2}
events=${EVENTS:-10000000}
[ -x "$station" ] || { echo "log.sh: $station is not built" >&2; exit 2; }

scratch=$(mktemp -d "${DIR:-${TMPDIR:-/tmp}}/station-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

awk '{ if ($1 > 0.5) print "log.sh: the load is " $1 ": this machine is busy" }' /proc/loadavg >&2

# row 'WHAT' bench-arguments…: runs it in a fresh folder, prints a row
row() {
    local what=$1
    shift
    rm -rf "$scratch/data"
    "$station" bench "$@" --dir "$scratch/data" --json | python3 -c '
import json, sys
r = json.load(sys.stdin)
def number(key, form="{:,.0f}"):
    return form.format(r[key]) if key in r else ""
def micros(key):
    if key not in r or r[key] == 0: return ""
    return f"{r[key]:,.0f} us" if r[key] < 1e4 else f"{r[key] / 1e3:,.1f} ms"
synced = r.get("fdatasyncs", 0) > 0
print("|", " | ".join([sys.argv[1], number("events_per_second"), number("MB_per_second", "{:,.1f}"), micros("p50_us"),
      micros("p99_us"), micros("p999_us"), number("fdatasyncs"), number("events_per_fdatasync", "{:,.1f}") if synced else "",
      number("cpu_cores", "{:.2f}"), number("events_per_bare_pair", "{:,.2f}")]), "|")' "$what"
}

head() {
    echo
    echo "| $1 | events/s | MB/s | p50 | p99 | p99.9 | fdatasyncs | events each | cores | per bare pair |"
    echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
}

# publish DURABILITY TOPICS PUBLISHERS SIZE [more bench-arguments…]
publish() {
    local durability=$1 topics=$2 publishers=$3 size=$4
    shift 4
    local what="\`$durability\`, $topics topic(s), $publishers publisher(s), $size B"
    [ $# -eq 0 ] || what+=", \`$*\`"
    row "$what" publish --durability "$durability" --topics "$topics" --publishers "$publishers" --size "$size" \
        --seconds "$seconds" "$@"
}

echo "$(nproc) cores, Linux $(uname -r), $(date -u +%F), load $(cut -d ' ' -f 1-3 /proc/loadavg); $seconds s a row"

head "publish"
for size in 128 1024; do
    for publishers in 1 4 16 64 256; do publish always 1 $publishers $size; done
    publish always 1 1 $size --in-flight 1000
    publish always 16 16 $size
    publish always 16 256 $size
    publish always 256 256 $size
done
for publishers in 1 16 256; do publish batch:1000,50 1 $publishers 128; done
publish batch:1000,50 1 1 1024
publish batch:1000,50 1 1 128 --in-flight 1000
publish batch:1000,50 16 256 128
publish batch:1000,50 256 256 128
for publishers in 1 16 256; do publish os 1 $publishers 128; done
publish os 1 1 1024
publish os 1 1 128 --in-flight 10000 --events 2000000
publish os 1 1 128 --batch 1000 --events 2500000
publish os 1 1 1024 --batch 1000 --events 500000
publish os 16 256 128
publish os 256 256 128

head "read"
row "replay of 1,000,000, 128 B, warm, best of 3" replay --events 1000000
row "replay of 500,000, 1024 B, warm, best of 3" replay --events 500000 --size 1024
row "tail, one cursor, \`always\`" tail --seconds "$seconds"
row "tail, one cursor, \`os\`, batches of 100" tail --durability os --batch 100 --seconds 1
row "fan-out, 50 cursors, \`always\`" fanout --seconds "$seconds"
row "fan-out, 50 cursors, \`os\`, batches of 100" fanout --durability os --batch 100 --seconds 1

# open_row 'WHAT': opens what is in the folder, as `station topics` does
open_row() {
    python3 - "$station" "$scratch/data" "$1" <<'END'
import json, os, resource, subprocess, sys
station, data, what = sys.argv[1:]
topic, = json.loads(subprocess.run([station, "topics", "--dir", data, "--json"], stdout=subprocess.PIPE, check=True).stdout)
recovery = topic["recovery"]
files = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(data) for name in names)
print(f"| {what} | {topic['next_offset']:,} | {recovery['duration_seconds']:.3f} s | "
      f"{recovery['scanned_bytes'] / 1e6:,.0f} MB | {recovery['rebuilt_indexes']} | "
      f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.1f} MiB | {files / topic['next_offset']:.1f} |")
END
}

echo
echo "| open | events | took | scanned | indexes made | most memory | disk bytes an event |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
for count in 1000000 "$events"; do
    rm -rf "$scratch/data"
    "$station" bench recover --durability os --events "$count" --dir "$scratch/data" --json >"$scratch/recover"
    python3 - "$scratch/recover" <<'END'
import json, sys
r = json.load(open(sys.argv[1]))
print(f"| killed while it was written (`bench recover`) | {r['events']:,} | {r['open_seconds']:.3f} s | "
      f"{r['scanned_bytes'] / 1e6:,.0f} MB | {r['rebuilt_indexes']} | {r['resident_MiB']:.1f} MiB | "
      f"{r['disk_bytes_per_event']:.1f} |")
END
    open_row "closed"
    mapfile -t indexes < <(ls "$scratch"/data/topics/bench-0/*.idx)
    rm -f "${indexes[@]: -2}"
    open_row "the last two indexes lost: one full segment and the last one to scan"
    rm -f "${indexes[@]}"
    open_row "all indexes lost"
done
