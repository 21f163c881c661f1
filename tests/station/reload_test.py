#!/usr/bin/env python3
"""SIGHUP reads the token, the hosts and the origins again; and the log's formats, down to its last line."""

import json
import os
import re
import signal
import socket
import tempfile

from clients import Http, fetch, metric, publish
from harness import COUNTS, Server, check, equal, main, run_station, scenario, until
from websocket import WebSocket

FIRST, SECOND = "a-token-that-was-first", "a-token-that-came-second"
AGAIN, UNCHANGED = "SIGHUP: the token, the hosts and the origins were read again", "; nothing was changed"


def write(path, text):
    """At once, as whoever replaces a secret should."""
    with open(f"{path}.new", "w", encoding="ascii") as file:
        os.chmod(f"{path}.new", 0o600)
        file.write(text)
    os.replace(f"{path}.new", path)


def hang_up(server, words, times):
    server.send_signal(signal.SIGHUP)
    until(lambda: server.stderr().count(words) == times, f"the log says {words!r}")


def status(server, token):
    return fetch(server, "GET", "/api/topics", headers=[f"Authorization: Bearer {token}"]).status


@scenario(bare=True)
def a_new_token_takes_the_old_ones_place():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        write(path, FIRST + "\n")
        with Server("--token-file", path, expected=["SIGHUP: --token-file"]) as server:
            with WebSocket(server, headers=[f"Authorization: Bearer {FIRST}"]) as client:
                equal((status(server, FIRST), status(server, SECOND)), (200, 401), "before")
                write(path, SECOND + "\n")
                hang_up(server, AGAIN, 1)
                equal((status(server, FIRST), status(server, SECOND)), (401, 200), "after")
                client.publish(1, b"x")
                equal(client.ack(), 0, "who is in stays in")
            for broken in (lambda: os.remove(path), lambda: write(path, "short"), lambda: os.chmod(path, 0o644)):
                broken()
                before = server.stderr().count(UNCHANGED)
                hang_up(server, UNCHANGED, before + 1)
                equal((status(server, FIRST), status(server, SECOND)), (401, 200), "a file that can't be read changes nothing")
            write(path, FIRST + "\n")
            hang_up(server, AGAIN, 2)
            equal((status(server, FIRST), status(server, SECOND)), (200, 401), "and it is read again")
            server.stop()


@scenario(bare=True)
def hosts_and_origins_come_from_files_too():
    def asked(host, origin=None):
        headers = [f"Host: {host}"] + ([f"Origin: {origin}"] if origin else [])
        with Http(server) as client:
            return client.ask("POST" if origin else "GET", "/api/topics/t/events" if origin else "/livez",
                              b"x" if origin else None, headers=headers, host=False).status

    with tempfile.TemporaryDirectory() as folder:
        hosts, origins = os.path.join(folder, "hosts"), os.path.join(folder, "origins")
        write(hosts, "# names\n\n  bus.example \r\n")
        write(origins, "https://one.example\n")
        with Server("--allow-host", f"@{hosts}", "--allow-host", "fixed.example", "--allow-origin", f"@{origins}") as server:
            equal([asked(host) for host in ("bus.example", "fixed.example", "other.example")], [200, 200, 403], "hosts")
            equal([asked("127.0.0.1", origin) for origin in ("https://one.example", "https://two.example")], [201, 403], "origins")
            equal((metric(server, "station_refused_total", reason="foreign_host"),
                   metric(server, "station_refused_total", reason="foreign_origin")), (1, 1), "both are counted")
            write(hosts, "other.example\n")
            write(origins, "https://two.example\n")
            hang_up(server, AGAIN, 1)
            equal([asked(host) for host in ("bus.example", "fixed.example", "other.example")], [403, 200, 200], "hosts")
            equal([asked("127.0.0.1", origin) for origin in ("https://one.example", "https://two.example")], [403, 201], "origins")
            server.stop()
        missing = run_station("serve", "--data", os.path.join(folder, "d"), "--port", "0", "--line-port", "0",
                              "--allow-host", f"@{folder}/none")
        equal((missing.returncode, missing.stderr),
              (2, f"station: --allow-host: {folder}/none: No such file or directory\n"), "a file that is not there")


@scenario(bare=True)
def a_server_with_nothing_to_read_again_lives_on():
    with Server() as server:
        for times in range(1, 4):
            hang_up(server, AGAIN, times)
        equal(fetch(server, "GET", "/livez").status, 200, "it answers")
        server.stop()


def lines_of(server):
    return [line for line in server.stderr().splitlines() if not re.fullmatch(COUNTS, line)]


@scenario(bare=True)
def a_line_of_logfmt_has_keys():
    with Server("--log-format", "logfmt", expected=["^time="]) as server:
        server.stop()
        lines = lines_of(server)
    check(lines and all(re.fullmatch(r'time=\d{4}-\d\d-\d\dT\S+ level=(info|warning|error) text="([^"\\]|\\.)*"', line)
                        for line in lines), f"logfmt: {lines}")


@scenario(bare=True)
def a_topic_just_made_is_one_line():
    with Server() as server:
        publish(server, "fresh", b"x")
        server.stop()
        about = [line for line in server.stderr().splitlines() if "topic fresh" in line]
    equal(len(about), 1, f"lines about a new topic: {about}")
    check(re.search("topic fresh made, stream [0-9]+$", about[0]), about[0])


@scenario(bare=True)
def why_it_cannot_begin_is_an_object_too():
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for flags in (["--log-json"], ["--log-format", "json"]):
            for more, words in ((["--port", port, "--line-port", "0"], f"cannot listen on 127.0.0.1:{port}"),
                                (["--port", "0", "--line-port", "0", "--token-file", "/none"], "--token-file: /none")):
                found = run_station("serve", "--data", f"{folder}/d", *flags, *more)
                objects = [json.loads(line) for line in found.stderr.splitlines()]
                fatal = [one["text"] for one in objects if one["level"] == "critical"]
                equal((found.returncode, len(fatal)), (2, 1), f"the status, and one line that says why: {objects}")
                check(words in fatal[0], f"the cause: {fatal}")


if __name__ == "__main__":
    main()
