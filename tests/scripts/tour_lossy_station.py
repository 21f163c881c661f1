#!/usr/bin/env python3
"""The tour's last row tells a station that keeps its word from one that forgets events when it starts again.

    tour_lossy_station.py --bin build/bin
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile

# Cuts the last events off before each start.
LOSSY = """#!/bin/sh
for segment in "$3"/topics/events/log-*.seg; do
    [ -f "$segment" ] && {python} -c '
import sys
path = sys.argv[1]
data = open(path, "rb").read()
open(path, "r+b").truncate(data[: len(data) // 2].rfind(b"STN1"))' "$segment"
done
exec {station} "$@"
"""


def tour(bin_dir, folder):
    out = os.path.join(folder, "out")
    done = subprocess.run([os.path.join(BIN, "tour"), "--bin", bin_dir, "--out", out, "final"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=240)
    with open(os.path.join(out, "results.json")) as file:
        findings = {finding["id"]: finding for finding in json.load(file)["steps"][0]["findings"]}
    left = [name for name in os.listdir(out) if name.startswith("station-")]
    assert not left, f"the tour has left {left}"
    return done.returncode, findings, done.stdout.decode()


def main():
    # What is counted holds on any machine; what is timed does not concern this test.
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        _, findings, output = tour(BIN, folder)
        for finding in ["final.kill-loses-nothing", "final.live-to-all"]:
            assert findings[finding]["verdict"] == "pass", output
        assert "11 final_station" in output, output
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        lossy = os.path.join(folder, "station")
        with open(lossy, "w") as file:
            file.write(LOSSY.replace("{python}", shlex.quote(sys.executable)).replace(
                "{station}", shlex.quote(os.path.abspath(os.path.join(BIN, "station")))))
        os.chmod(lossy, 0o755)
        status, findings, output = tour(folder, folder)
        assert status == 1, output
        assert findings["final.kill-loses-nothing"]["verdict"] == "fail", output
        assert findings["final.kill-loses-nothing"]["measured"] > 0, output


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    BIN = parser.parse_args().bin
    main()
