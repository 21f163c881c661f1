#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer (clang), and runs them:
#
#   tests/fuzz/run.sh                  every target, a million executions each
#   tests/fuzz/run.sh 20000 http       one of them, fewer
#
# What is found on the way stays in build/fuzz/found/<target>; an input that fails in build/fuzz/crash-…
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
runs=${1:-1000000}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for corpus in tests/fuzz/corpus/*/; do targets+=("$(basename "$corpus")"); done
fi

cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo --toolchain common/cmake/clang.cmake \
    -DSTATION_SANITIZE=address,undefined,fuzzer-no-link -DSTATION_BUILD_STEPS=ON -DSTATION_INSTALL=OFF >/dev/null
cmake --build build/fuzz --target fuzzers
cd build/fuzz
for target in "${targets[@]}"; do
    mkdir -p "found/$target"
    echo "== $target"
    "bin/fuzz_$target" -runs="$runs" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
        "found/$target" "../../tests/fuzz/corpus/$target" 2>&1 |
        grep -E 'does not hold|ERROR|runtime error|SUMMARY|written to|number_of_executed|peak_rss'
done
