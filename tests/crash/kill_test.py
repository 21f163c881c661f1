#!/usr/bin/env python3
"""Kills `station publish` with SIGKILL again and again while it publishes, and looks after each kill whether every event
that was acknowledged is there, once and in order.

    kill_test.py STATION [--cycles 300] [--durability always] [--seed N]
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "read_log.py")


class Model:
    def __init__(self):
        self.sent = 0     # numbers of lines handed to the publisher
        self.events = []  # number of the line at each offset, as far as it was looked at


def feed(pipe, first, size):
    """Numbered lines, until the pipe breaks. Lines of all lengths, so that kills meet records of all sizes."""
    try:
        number = first
        while True:
            lines = "".join(f"{number + i} {'x' * ((number + i) * 7919 % size)}\n" for i in range(20))
            pipe.write(lines.encode())
            pipe.flush()
            number += 20
    except (BrokenPipeError, ValueError):
        pass


def cycle(options, rng, data, model):
    process = subprocess.Popen(
        [options.station, "publish", "--dir", data, "--topic", "t", "--segment-bytes", "65536",
         "--durability", options.durability],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = model.sent
    feeder = threading.Thread(target=feed, args=(process.stdin, first, 400))
    feeder.start()
    # Killed after so many acknowledgements, not after so much time: a slow machine does the same test.
    wanted = rng.choice([0, 1, 5, 50, 200, 600])
    acknowledged = []
    while len(acknowledged) < wanted:
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the publisher ended by itself: " + process.stderr.read().decode())
        acknowledged.append(line)
    process.kill()
    # What it said before it died counts, too; half a line does not.
    acknowledged += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    process.wait()
    feeder.join()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    return [json.loads(line)["offset"] for line in acknowledged], first


def look(options, data, model, acknowledged, first):
    seen = len(model.events)
    replay = subprocess.run(
        [options.station, "replay", "--dir", data, "--topic", "t", "--from", f"offset:{max(0, seen - 3)}", "--json"],
        stdout=subprocess.PIPE, check=True)
    found = [json.loads(line) for line in replay.stdout.splitlines()]
    for event in found:
        offset, number = event["offset"], int(event["payload"].split(" ")[0])
        if offset < seen:
            if model.events[offset] != number:
                return f"offset {offset} was line {model.events[offset]} and is line {number} now"
            continue
        if offset != len(model.events):
            return f"offset {offset} where {len(model.events)} was expected"
        # What one publisher got in, before the kill, is the beginning of what it was given: no hole, no double.
        if number != first + (offset - seen):
            return f"offset {offset} is line {number}, not line {first + offset - seen}"
        model.events.append(number)
    if len(found) < min(3, seen):
        return "events that were seen before are gone"
    for place, offset in enumerate(acknowledged):
        if offset != seen + place:
            return f"acknowledgement {place} of this run was for offset {offset}, not {seen + place}"
    if seen + len(acknowledged) > len(model.events):
        return f"{len(acknowledged)} were acknowledged, {len(model.events) - seen} are there"
    model.sent = 0 if not model.events else model.events[-1] + 1
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("station")
    parser.add_argument("--cycles", type=int, default=300)
    parser.add_argument("--durability", default="always")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"--seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    model = Model()
    total = 0
    with tempfile.TemporaryDirectory(prefix="station-kill-") as data:
        subprocess.run([options.station, "init", "--dir", data, "--topic", "t"], check=True)
        for number in range(options.cycles):
            acknowledged, first = cycle(options, rng, data, model)
            total += len(acknowledged)
            wrong = look(options, data, model, acknowledged, first)
            if wrong:
                print(f"cycle {number}: {wrong}", file=sys.stderr)
                return 1
        # One clean start, so that the last kill's tail is put right; then two readers that share no code.
        subprocess.run([options.station, "publish", "--dir", data, "--topic", "t", "end"], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([options.station, "verify", "--dir", data], check=True, stdout=subprocess.DEVNULL)
        if options.cycles <= 20:
            subprocess.run([sys.executable, READER, "--check", data], check=True)
    print(f"{options.cycles} kills, {total} acknowledged, {len(model.events)} found, none lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
