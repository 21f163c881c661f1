#!/usr/bin/env bash
# Runs what is timed until it succeeds, N times at most: tries.sh N COMMAND…
#
# One bad second of a machine is no verdict. A status other than 0 of the last try is this script's; but 3, "this machine
# can't tell", once is 3 in the end.
set -uo pipefail

tries=$1
shift
undecided=0
for ((try = 1; try <= tries; ++try)); do
    if [ "$try" -gt 1 ]; then echo "--- try $try of $tries"; fi
    "$@"
    status=$?
    case $status in
        0) exit 0 ;;
        3) undecided=1 ;;
    esac
done
if [ "$undecided" = 1 ]; then exit 3; fi
exit "$status"
