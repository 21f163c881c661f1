#!/usr/bin/env python3
"""`station` started with its standard streams closed: what it opens must not get their numbers, and what it can't say is
not taken for said."""

import os
import signal
import subprocess
import tempfile

from harness import PATIENCE, Settings, check, equal, main, run_station, scenario, until


def closed(redirections, *arguments):
    """The command of a shell that closes them: the station is its process then."""
    return ["/bin/sh", "-c", f'exec "$0" "$@" {redirections}', Settings.station, *arguments]


def run_closed(redirections, *arguments):
    return subprocess.run(closed(redirections, *arguments), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE)


def descriptors(pid):
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            pass
    return found


def listening_ports(pid):
    inodes = {target[8:-1] for target in descriptors(pid).values() if target.startswith("socket:[")}
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes]


def access_mode(pid, descriptor):
    with open(f"/proc/{pid}/fdinfo/{descriptor}", encoding="ascii") as info:
        flags = next(line.split()[1] for line in info if line.startswith("flags:"))
    return int(flags, 8) & os.O_ACCMODE


@scenario(bare=True)
def a_server_without_standard_streams_serves_on_and_its_log_stays_whole():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        data = os.path.join(folder, "data")
        process = subprocess.Popen(closed("<&- >&- 2>&-", "serve", "--data", data, "--port", "0", "--line-port", "0",
                                          "--log-level", "debug"), stdin=subprocess.DEVNULL)
        try:
            ports = until(lambda: (process.poll() is not None and ["ended"]) or
                          (len(listening_ports(process.pid)) == 2 and listening_ports(process.pid)), "two open doors")
            check(process.poll() is None, f"the server ended with {process.returncode}")
            streams = descriptors(process.pid)
            for number, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
                equal(streams.get(number), "/dev/null", f"descriptor {number}")
                equal(access_mode(process.pid, number), mode, f"the mode of descriptor {number}")
            published = [run_station("publish", "--server", f"127.0.0.1:{port}", "--topic", "t", "one", "two", "three")
                         for port in ports]
            equal(sorted(found.returncode for found in published), [0, 1], "one door is the web's, the other the lines'")
            logs = {number for number, target in descriptors(process.pid).items() if target.startswith(folder)}
            check(logs and min(logs) > 2, f"the log's descriptors: {sorted(logs)}")
            process.send_signal(signal.SIGTERM)
            equal(process.wait(PATIENCE), 0, "the exit status")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        equal(run_station("verify", "--dir", data).returncode, 0, "verify")
        equal(run_station("replay", "--dir", data, "--topic", "t").stdout, "one\ntwo\nthree\n", "what was stored")


@scenario(bare=True)
def a_publish_whose_receipts_go_nowhere_stores_and_says_so():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        for text, redirections in (("closed", "<&- >&-"), ("full", ">/dev/full")):
            found = run_closed(redirections, "publish", "--dir", folder, "--topic", "t", text)
            equal(found.returncode, 1, f"the status with {redirections}: {found.stderr}")
            check("receipts could not be written" in found.stderr, f"it says so: {found.stderr!r}")
        equal(run_station("replay", "--dir", folder, "--topic", "t").stdout, "closed\nfull\n", "what was stored")
        equal(run_station("verify", "--dir", folder).returncode, 0, "verify")


@scenario()
def a_publish_to_a_server_says_the_same(server):
    address = f"127.0.0.1:{server.port}"
    found = run_closed("<&- >&-", "publish", "--server", address, "--topic", "streams", "kept")
    equal(found.returncode, 1, f"the status: {found.stderr}")
    check("receipts could not be written" in found.stderr, f"it says so: {found.stderr!r}")
    equal(run_station("replay", "--server", address, "--topic", "streams").stdout, "kept\n", "what was stored")


@scenario()
def standard_input_that_cannot_be_read_is_not_an_empty_one(server):
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        for whom in (("--dir", folder), ("--server", f"127.0.0.1:{server.port}")):
            found = run_closed("<&-", "publish", *whom, "--topic", "input")
            equal((found.returncode, found.stdout), (1, ""), f"status and output of {whom}: {found.stderr}")
            check("standard input" in found.stderr, f"it says so: {found.stderr!r}")


@scenario()
def what_is_asked_for_and_cannot_be_written_is_a_failure(server):
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        equal(run_station("publish", "--dir", folder, "--topic", "t", "x").returncode, 0, "publish")
        remote = ("topics", "--server", f"127.0.0.1:{server.port}")
        for command in (("topics", "--dir", folder), ("verify", "--dir", folder), ("dump", "--dir", folder),
                        ("replay", "--dir", folder, "--topic", "t"), remote):
            found = run_closed(">&-", *command)
            equal(found.returncode, 1, f"the status of {command}: {found.stderr}")
            check("standard output is closed" in found.stderr, f"{command} says so: {found.stderr!r}")


@scenario()
def a_server_is_found_by_name(server):
    found = run_station("topics", "--server", f"localhost:{server.port}")
    equal(found.returncode, 0, f"localhost: {found.stderr}")
    nobody = run_station("topics", "--server", f"no..host:{server.port}")
    equal(nobody.returncode, 2, f"what can be no name: {nobody.stderr}")
    check("expected a host and a port" in nobody.stderr, nobody.stderr)


if __name__ == "__main__":
    main()
