#!/usr/bin/env bash
# Builds the unit tests, the steps and station with a sanitizer, and runs the unit tests, every step and three skeletons
# of exercises under load, and station's commands and the lab's scenarios, and its tests over sockets with small volumes:
#
#   tests/scripts/sanitized.sh asan     AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer
#   tests/scripts/sanitized.sh tsan     ThreadSanitizer
#
# Further arguments go to ctest. Any report of a sanitizer ends its program with a status that fails the test.
set -euo pipefail

case ${1:-} in
    # dead_peer waits for a minute, and its code is everybody's. Command lines are parsed by a library.
    asan)
        preset=$1 tests='^(unit|steps|exercise|crash|lab|station|chat|websocket|fuzz)\.'
        but='^(station\.dead_peer|chat\.(spec|search|rooms|bots)|steps\..*\.command_line)$'
        ;;
    # The others have one thread, and so have these drivers; client's server does nothing that others do not.
    tsan)
        preset=$1 tests='^(unit|steps|exercise|crash|lab|station|chat)\.'
        but='^(lab\.(rot|torn)|station\.(client|dead_peer)|chat\.(spec|search|rooms|bots|doors|proof)|steps\..*\.command_line)$'
        ;;
    *) echo "usage: $0 asan|tsan [ctest arguments…]" >&2; exit 2 ;;
esac

# ThreadSanitizer wants parts of the address space that a very random layout may give to others.
layout=/proc/sys/vm/mmap_rnd_bits
if [ "$preset" = tsan ] && [ "${STATION_FIXED_LAYOUT:-}" != 1 ] && [ "$(cat $layout 2>/dev/null || echo 0)" -gt 28 ] &&
    setarch "$(uname -m)" -R true 2>/dev/null; then
    exec env STATION_FIXED_LAYOUT=1 setarch "$(uname -m)" -R "$0" "$@"
fi

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$scripts/../.."
shift

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:exitcode=99
# Suppressions go by name, and names take a symbolizer; addr2line comes with every compiler.
TSAN_OPTIONS+=":external_symbolizer_path='$(command -v addr2line)'"

.ci/build "$preset" sanitized
# Nothing is measured here, and most tests wait: more of them at once than otherwise.
# What passed says nothing here: the test that ran this shows its output only as far as it fits.
ctest --test-dir "build/$preset" --output-on-failure -j "$(($(nproc) * 2))" -R "$tests" -E "$but" "$@" |
    grep -vE '^ +Start +[0-9]+: | Passed +[0-9.]+ sec$'
