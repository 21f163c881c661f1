#!/usr/bin/env python3
"""curl, with what it does by itself: Expect, chunks, compression, connections used again, an upgrade to HTTP/2."""

import json
import os
import subprocess
import tempfile

from real import program, run
from clients import publish
from harness import PATIENCE, equal, main, scenario

CURL = program("curl", "curl")


def curl(server, *options, target="", status=0, data=b""):
    output, _ = run(CURL, "--silent", "--show-error", "--max-time", str(int(PATIENCE)), *options,
                    f"http://127.0.0.1:{server.port}{target}", status=status, data=data)
    return output


def payloads(output):
    return [json.loads(line)["payload"] for line in output.splitlines()]


@scenario()
def uploads_what_is_large_and_waits_to_be_told(server):
    target = "/api/topics/large/events"
    body = b"x" * (1 << 20)
    output = curl(server, "--data-binary", "@-", "--expect100-timeout", str(PATIENCE), "-H", "Expect: 100-continue",
                  "-w", "%{http_code}", "-o", os.devnull, target=target, data=body)
    equal(output, b"201", "the status of a mebibyte")
    output = curl(server, "--data-binary", "@-", "-w", "%{http_code}", "-o", os.devnull, target=target, data=body + b"x")
    equal(output, b"413", "the status of one byte more")


@scenario()
def uploads_a_pipe_in_chunks(server):
    target = "/api/topics/pipe/events"
    curl(server, "-T", "-", "-X", "POST", target=target, data=b"of unknown length")
    equal(payloads(curl(server, target=target)), ["of unknown length"], "what was stored")


@scenario()
def reads_compressed(server):
    target = "/api/topics/compressed/events"
    wanted = [f"event {number}" for number in range(100)]
    for payload in wanted:
        publish(server, "compressed", payload.encode())
    plain = curl(server, target=target)
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        headers = os.path.join(folder, "headers")
        equal(curl(server, "--compressed", "-D", headers, target=target), plain, "what was compressed")
        with open(headers, encoding="latin-1") as file:
            equal("content-encoding: gzip" in file.read().lower(), True, "it is compressed")
    equal(payloads(plain), wanted, "the events")


@scenario()
def uses_a_connection_again(server):
    url = f"http://127.0.0.1:{server.port}/health"
    output = curl(server, "-o", os.devnull, "-w", "%{num_connects} ", url, "-o", os.devnull, "-I", url, "-o", os.devnull,
                  target="/metrics")
    equal(sum(int(number) for number in output.split()), 1, "connections for three requests")


@scenario()
def stays_with_http_1(server):
    """It asks for h2c, which a server may pass over."""
    output = curl(server, "--http2", "-w", "%{http_version} %{http_code}", "-o", os.devnull, target="/health")
    equal(output, b"1.1 200", "version and status")


@scenario()
def fails_where_there_is_nothing(server):
    curl(server, "--fail", target="/api/topics/nobody/events", status=22)


@scenario()
def follows(server):
    publish(server, "followed", b"before")
    command = [CURL, "--silent", "--no-buffer", "--max-time", str(int(PATIENCE)),
               f"http://127.0.0.1:{server.port}/api/topics/followed/events?follow=true&limit=2"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as follower:
        equal(payloads(follower.stdout.readline()), ["before"], "what was there")
        publish(server, "followed", b"live")
        equal(payloads(follower.stdout.readline()), ["live"], "what came")
        equal(follower.stdout.read(), b"", "what follows the last one")
        equal(follower.wait(), 0, "the exit status")


if __name__ == "__main__":
    main()
