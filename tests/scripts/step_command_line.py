#!/usr/bin/env python3
"""Checks what a step does with its command line: --help, bad options, ports that can't be had.

    step_command_line.py --bin build/bin --step 05_bounded_channel"""

import argparse
import os
from pathlib import Path

from step import USES, Step, check, reported, run

ALL_OPTIONS = ["--host", "--port", "--max-line", "--work", "--queue", "--workers", "--shards", "--drain-timeout"]
BAD = [
    ["--bogus"],
    ["-x"],
    ["word"],
    ["--port"],
    ["--port", "abc"],
    ["--port", "65536"],
    ["--port", "-1"],
    ["--port", "80 81"],
    ["--port="],
    ["--max-line", "0"],
    ["--max-line", "-5"],
    ["--max-line", "1x"],
    ["--max-line", "99999999999999999999"],
    ["--queue", "0"],
    ["--queue", "-1"],
    ["--queue", "many"],
    ["--workers", "0"],
    ["--workers", "100000"],
    ["--workers", "2.5"],
    ["--shards", "0"],
    ["--work", "fast"],
    ["--work", "cpu:"],
    ["--work", "sleep:-1ms"],
    ["--work", "cpu:1 ms"],
    ["--work", "two\nlines"],
    ["--two\nlines"],
    ["--drain-timeout", "soon"],
    ["--drain-timeout", "-1s"],
    ["--host", ""],
    ["--host", "no.such.host"],
    ["--host", "127.0.0.1:80"],
    ["--host", "two\nlines"],
]


def refused(name, binary, *options, because=""):
    """Status 2, one line on standard error that names the program, nothing on standard output."""
    result = run(binary, *options)
    says = f"{options}: status {result.returncode}, standard error {result.stderr!r}"
    check(result.returncode == 2, says)
    check(result.stdout == "", f"{options}: standard output {result.stdout!r}")
    check(result.stderr.count("\n") == 1 and result.stderr.endswith("\n"), says)
    check(result.stderr.startswith(f"{name}: ") and because in result.stderr, says)


def helps(binary):
    for option in ("--help", "-h"):
        result = run(binary, option)
        check(result.returncode == 0 and result.stderr == "", f"{option}: {result}")
        for name in ALL_OPTIONS:
            check(name in result.stdout, f"{option} does not speak of {name}")


def refuses_ports(name, binary):
    with Step(binary) as other:
        address = f"127.0.0.1:{other.port}"
        refused(name, binary, "--port", str(other.port), because=f"cannot listen on {address}: Address already in use")
    refused(name, binary, "--host", "192.0.2.1", "--port", "0", because="Cannot assign requested address")
    first_free_for_all = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    if first_free_for_all <= 1:
        print("every port is free for all on this machine: no permission to test")
        return
    if os.geteuid() != 0:
        refused(name, binary, "--port", "1", because="Permission denied")
    else:
        unprivileged = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"]
        refused(name, *unprivileged, binary, "--port", "1", because="Permission denied")


def takes_good_ones(name, binary):
    """Every option is taken by every step; those it has no use for are named on standard error."""
    options = ["--host", "127.0.0.1", "--max-line", "100", "--work", "cpu:1us", "--queue", "1", "--workers", "1", "--shards", "1",
               "--drain-timeout", "1s"]
    with Step(binary, *options) as step:
        unused = [option for option in ("--work", "--queue", "--workers", "--shards", "--drain-timeout")
                  if option not in USES[name.removeprefix("step")]]
        expected = [f"{name}: has no use for {option}; it comes with a later step" for option in unused]
        check(step.stderr().splitlines() == expected, f"standard error has: {step.stderr()!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--step", choices=USES, required=True)
    arguments = parser.parse_args()
    name = f"step{arguments.step}"
    binary = arguments.bin / name
    with reported(name):
        helps(binary)
        for options in BAD:
            refused(name, binary, *options)
        refuses_ports(name, binary)
        takes_good_ones(name, binary)


if __name__ == "__main__":
    main()
