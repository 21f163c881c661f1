#!/usr/bin/env python3
"""Checks loadgen as its users see it: options, exit statuses, what it writes, and where.

    loadgen_command_line.py --bin build/bin"""

import argparse
import json
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from step import PATIENCE, Step, check, reported, run

ALL_OPTIONS = ["--target", "--connections", "--pipeline", "--duration", "--rate", "--mix", "--users", "--ramp", "--json", "--html",
               "--threads", "--requests", "--hold", "--payload", "--seed", "--idle", "--dribblers", "--patience", "--buys-only",
               "--omission", "--fail-on-errors", "--members", "--posters", "--readers", "--typing", "--reconnects", "--start",
               "--data", "--rooms", "--room-size", "--history", "--password"]
BAD = [
    ["--bogus"],
    ["word"],
    ["--two\nlines"],
    ["--target", "127.0.0.1"],
    ["--target", "127.0.0.1:"],
    ["--target", "127.0.0.1:0"],
    ["--target", "127.0.0.1:65536"],
    ["--target", "127.0.0.1:80x"],
    ["--target", "no host:80"],
    ["--target", "127.0.0:80"],
    ["--target", ":80"],
    ["--connections", "-1"],
    ["--connections", "many"],
    ["--pipeline", "0"],
    ["--duration", "soon"],
    ["--duration", "-1s"],
    ["--rate", "-1"],
    ["--rate", "nan"],
    ["--rate", "inf"],
    ["--mix", "noise"],
    ["--mix", "two\nlines"],
    ["--mix", "reads:"],
    ["--mix", "reads:1.5"],
    ["--mix", "reads:-0.1"],
    ["--mix", "reads:nan"],
    ["--mix", "reads:0.5x"],
    ["--users", "0"],
    ["--payload", "0"],
    ["--threads", "0"],
    ["--ramp", "x"],
    ["--hold", "x"],
    ["--patience", "x"],
    ["--seed", "x"],
    ["--omission"],
    ["--omission", "--rate", "10", "--hold", "1s"],
    ["--members", "3"],
    ["--mix", "ws", "--start", "station"],
    ["--mix", "chat", "--readers", "1.5"],
    ["--mix", "chat", "--reconnects", "nan"],
]


def refuses(loadgen):
    target = ["--target", "127.0.0.1:1"]
    for options in [[]] + BAD:
        given = options if "--target" in options or not options else target + options
        result = run(loadgen, *given)
        says = f"{options}: status {result.returncode}, output {result.stdout!r}, standard error {result.stderr!r}"
        check(result.returncode == 2 and result.stdout == "", says)
        check(result.stderr.startswith("loadgen: ") and result.stderr.count("\n") == 1, says)


def helps(loadgen):
    result = run(loadgen, "--help")
    check(result.returncode == 0 and result.stderr == "", f"--help: {result}")
    for name in ALL_OPTIONS:
        check(name in result.stdout, f"--help does not speak of {name}")


def writes(loadgen, echo):
    """Everything that a run can leave behind."""
    with tempfile.TemporaryDirectory() as folder:
        page, figures = Path(folder, "page.html"), Path(folder, "figures.json")
        result = run(loadgen, *echo, "--requests", "1000", "--rate", "10000", "--omission", "--html", page, "--json", figures)
        check(result.returncode == 0, f"a faithful server: {result}")
        for words in ("missing", "1,000", "p99.9", "from due", "from sending", "Coordinated omission"):
            check(words in result.stdout, f"the summary lacks {words}: {result.stdout}")
        seen = json.loads(figures.read_text())
        check(seen["plan"]["loop"] == "open" and seen["result"]["replies"]["echoed"] == 1000, f"JSON has {seen}")
        html = page.read_text()
        for words in ("Replies a second", "Latency over time", "Latency by percentile", "1,000", "<caption>", "from when it was sent"):
            check(words in html, f"the page lacks {words}")
        check("http" not in html and "<script" not in html, "the page is not self-contained")

    result = run(loadgen, *echo, "--requests", "100", "--json", "-")
    check(json.loads(result.stdout)["result"]["sent"] == 100, f"--json -: {result}")
    check("missing" in result.stderr, "--json -: the summary belongs on standard error")


def counts_failures(loadgen, echo):
    with socket.socket() as deaf:  # bound, but nobody listens
        deaf.bind(("127.0.0.1", 0))
        result = run(loadgen, "--target", f"127.0.0.1:{deaf.getsockname()[1]}", "--connections", "3")
        check(result.returncode == 1 and "Connection refused" in result.stdout, f"nobody listens: {result}")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            client, _ = listener.accept()
            client.recv(1)
            client.close()

        server = threading.Thread(target=hang_up)
        server.start()
        result = run(loadgen, "--target", f"127.0.0.1:{listener.getsockname()[1]}", "--connections", "1")
        server.join()
        check(result.returncode == 1 and "ended by server" in result.stdout, f"a server that hangs up: {result}")

    result = run(loadgen, *echo[:2], "--requests", "100")
    check(result.returncode == 1 and "other" in result.stdout, f"an echo is no reply to an event: {result}")


def answers(line):
    """A server for one client that answers all lines with this one."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as client, client.makefile("rb") as requests:
            for _ in requests:
                client.sendall(line)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


def fails_on_errors(loadgen):
    """Only rejections are no failures, unless they are told to be."""
    for line, kind, status, status_with_flag in [
            (b'{"status":"accepted"}\n', "accepted", 0, 0),
            (b'{"status":"ok","balance":7}\n', "ok", 0, 0),
            (b'{"status":"rejected","reason":"server_busy"}\n', "server_busy", 0, 1),
            (b'{"status":"rejected","reason":"shutting_down"}\n', "shutting_down", 0, 1),
            (b'{"status":"error","reason":"invalid_json"}\n', "errors", 1, 1),
            (b'HTTP/1.1 400 Bad Request\n', "other", 1, 1),
            (b'\x00\xff\xfe\n', "other", 1, 1)]:
        for options, wanted in ([], status), (["--fail-on-errors"], status_with_flag):
            result = run(loadgen, "--target", answers(line), "--connections", "1", "--requests", "20", *options)
            says = f"{kind} {options}: status {result.returncode}, {result.stdout}"
            check(result.returncode == wanted and f"\n  {kind} " in result.stdout, says)


def tries_both_families(loadgen):
    """localhost is ::1, too, where nobody listens on 127.0.0.1."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener, socket.socket() as taken:
            port = listener.getsockname()[1]
            taken.bind(("127.0.0.1", port))  # so that no other program listens there meanwhile

            def echo():
                client, _ = listener.accept()
                with client:
                    while lines := client.recv(65536):
                        client.sendall(lines)

            server = threading.Thread(target=echo)
            server.start()
            result = run(loadgen, "--target", f"localhost:{port}", "--mix", "echo", "--connections", "1", "--requests", "100")
            if result.returncode != 0:  # nobody came
                socket.create_connection(("::1", port)).close()
            server.join()
            check(result.returncode == 0 and "100" in result.stdout, f"a server on ::1: {result}")
    except OSError as error:
        print(f"loadgen: no look at both families: {error}")


def stops_when_interrupted(loadgen, echo):
    process = subprocess.Popen([loadgen, *echo, "--duration", "1000s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        progress = process.stderr.readline()  # where this is no terminal: a line each second
        check("/s  p50 " in progress and " echoed " in progress, f"progress: {progress!r}")
        process.send_signal(signal.SIGINT)
        summary, _ = process.communicate(timeout=PATIENCE)
        check(process.returncode == 0 and "interrupted" in summary, f"status {process.returncode}, {summary!r}")
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    arguments = parser.parse_args()
    loadgen = arguments.bin / "loadgen"
    with reported("loadgen"), Step(arguments.bin / "step02_async_echo") as server:
        echo = ["--target", f"127.0.0.1:{server.port}", "--mix", "echo"]
        helps(loadgen)
        refuses(loadgen)
        writes(loadgen, echo)
        counts_failures(loadgen, echo)
        fails_on_errors(loadgen)
        tries_both_families(loadgen)
        stops_when_interrupted(loadgen, echo)


if __name__ == "__main__":
    main()
