"""Random histories of a store on a simulated disk and clock against the model: tests/ledger/history.hpp.

That it finds bugs is shown by `tests/lab/planted.py --of ledger`, which plants some.
"""
import os
import re
import subprocess

from harness import check

COUNT, UNIT = 2000, "histories"


def run(run):
    done = subprocess.run([run.program("unit_ledger_model"), "whatever*"], stdin=subprocess.DEVNULL,
                          env={**os.environ, "STATION_TEST_SEED": str(run.seed), "STATION_TEST_COUNT": str(run.count)},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=3600, check=False)
    check(done.returncode == 0, done.stderr.decode(errors="replace")[-3000:])
    said = re.search(r"^(\d+) histories: (.*)$", done.stdout.decode(), re.MULTILINE)
    run.report["histories"] = int(said[1])
    for number, what in re.findall(r"(\d+) ([a-z ]+)", said[2]):
        run.report[what.strip().replace(" ", "_")] = int(number)
    check(run.report["power_cuts"] > 0 or run.count < 100, "no power cut: this proves nothing")
