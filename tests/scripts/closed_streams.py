#!/usr/bin/env python3
"""A program that is started with its standard streams closed: its sockets don't get their numbers, it serves on, and it
leaves as it always does."""

import argparse
import os
import signal
import subprocess
import sys
import time

PATIENCE = 60.0
STREAMS = ("0", "1", "2")


def descriptors(pid):
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[name] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass
    return found


def listens(pid):
    inodes = {target[8:-1] for target in descriptors(pid).values() if target.startswith("socket:[")}
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return any(row[3] == "0A" and row[9] in inodes for row in rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--step", required=True)
    arguments = parser.parse_args()
    binary = os.path.join(arguments.bin, "step" + arguments.step)
    process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" --port 0 <&- >&- 2>&-', binary])
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and not listens(process.pid):
            if time.monotonic() > deadline:
                sys.exit("it does not listen")
            time.sleep(0.01)
        if process.returncode is not None:
            sys.exit(f"it ended with status {process.returncode}")
        found = {name: target for name, target in descriptors(process.pid).items() if name in STREAMS}
        if found != dict.fromkeys(STREAMS, "/dev/null"):
            sys.exit(f"the standard streams are {found}")
        process.send_signal(signal.SIGTERM)
        if process.wait(PATIENCE) != 0:
            sys.exit(f"status {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


if __name__ == "__main__":
    main()
