#!/usr/bin/env python3
"""How `station serve` begins, or says in one line why it can't."""

import json
import os
import re
import socket
import stat
import tempfile

from clients import Lines, fetch, get_json, publish
from harness import LOG_LINE, COUNTS, Server, Skip, check, equal, main, run_station, scenario
from websocket import WebSocket


def expect_refusal(*arguments, says, name="station: ", **user):
    found = run_station("serve", *arguments, **user)
    equal((found.returncode, found.stdout), (2, ""), f"status and output of {arguments}: {found.stderr}")
    lines = [line for line in found.stderr.splitlines() if not LOG_LINE.fullmatch(line)]
    check(any(re.search(says, line) for line in lines), f"one line says {says!r}: {found.stderr!r}")
    if name:
        equal(len(lines), 1, f"lines on standard error: {found.stderr!r}")
        check(lines[0].startswith(name), f"it begins with who says it: {lines[0]!r}")


@scenario(bare=True)
def a_port_in_use_is_named():
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        expect_refusal("--data", f"{folder}/a", "--port", port, "--line-port", "0", says=f"127.0.0.1:{port}.*in use")
        expect_refusal("--data", f"{folder}/b", "--port", "0", "--line-port", port, says=f"127.0.0.1:{port}.*in use")


@scenario(bare=True)
def an_address_of_another_machine_is_named():
    with tempfile.TemporaryDirectory() as folder:
        expect_refusal("--data", folder, "--host", "192.0.2.1", "--port", "0", "--line-port", "0", says="192.0.2.1")


@scenario(own=True)
def a_second_server_on_the_folder_is_refused(server):
    expect_refusal("--data", server.data, "--port", "0", "--line-port", "0", says="(lock|another|in use)")
    equal(fetch(server, "GET", "/health").status, 200, "the first one goes on")


@scenario(bare=True)
def a_folder_that_cannot_be_had_is_named():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "file"), "w", encoding="ascii"):
            pass
        for path in (os.path.join(folder, "file"), os.path.join(folder, "file", "below"), "/proc/station", ""):
            expect_refusal("--data", path, "--port", "0", "--line-port", "0", says=re.escape(path) if path else "folder|dir|data")


@scenario(bare=True)
def a_folder_that_may_not_be_written_is_named():
    # Root may write everywhere, and is somebody else for this.
    user = {"user": 65534} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
        try:
            expect_refusal("--data", os.path.join(folder, "data"), "--port", "0", "--line-port", "0", says="[Pp]ermission", **user)
        except PermissionError:
            raise Skip("somebody else may not run this binary") from None
        os.chmod(folder, stat.S_IRWXU)


@scenario(bare=True)
def wrong_options_are_named():
    for option, value in (("--port", "x"), ("--port", "65536"), ("--port", "-1"), ("--host", "nowhere"), ("--threads", "0"),
                          ("--durability", "sometimes"), ("--durability", "batch:0,0"), ("--queue", "0"), ("--max-payload", "0"),
                          ("--max-payload", "67108865"), ("--request-timeout", "8x"), ("--slow-reader", "-1s"),
                          ("--log-level", "loud"), ("--segment-bytes", "1"), ("--max-line", "0"), ("--nonsense", "1")):
        with tempfile.TemporaryDirectory() as folder:
            expect_refusal("--data", folder, "--line-port", "0", option, value, says=option[2:].replace("-", "."), name="")


@scenario(bare=True)
def help_names_every_option_and_default():
    found = run_station("serve", "--help")
    equal((found.returncode, found.stderr), (0, ""), "status and standard error")
    for option in ("--data", "--host", "--port", "--line-port", "--durability", "--threads", "--queue", "--max-payload",
                   "--max-message", "--max-connections", "--max-in-flight", "--request-timeout", "--slow-reader",
                   "--ping-interval", "--drain-timeout", "--token-file", "--allow-origin", "--allow-host", "--compress",
                   "--log-json"):
        check(option in found.stdout, f"--help names {option}")
    for default in ("9000", "7011", "127.0.0.1", "always"):
        check(default in found.stdout, f"--help names the default {default}")
    equal(run_station().returncode, 2, "without a command")


@scenario("--log-json")
def a_log_of_json_is_json(server):
    publish(server, "t", b"x")
    server.send_signal(15)
    equal(server.wait(), 0, "the exit status")
    lines = server.stderr().splitlines()
    check(len(lines) >= 2, f"there are lines: {lines}")
    for line in lines[:-1]:
        found = json.loads(line)
        equal(list(found), ["time", "level", "text"], f"the keys of {line}")
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", found["time"]), f"the time of {line}")
    check(COUNTS.fullmatch(lines[-1]), "the last line has the counts")


@scenario(bare=True)
def a_stop_at_once_is_a_stop():
    for _ in range(20):
        with Server() as server:
            server.stop()


@scenario(bare=True)
def every_durability_serves():
    for durability in ("always", "batch:10,5", "os"):
        with Server("--durability", durability, "--threads", "2") as server:
            for i in range(25):
                equal(publish(server, "t", b"%d" % i)["offset"], i, "the offset")
            server.stop()
            with Server("--durability", durability, folder=server.folder) as again:
                equal(get_json(again, "/api/topics")[1]["next_offset"], 25, "after a clean stop all is there")
                equal([topic["recovery"]["clean"] for topic in get_json(again, "/api/topics")], [True, True],
                      "and it is known to have been one, of the empty topic too")
                again.stop()


@scenario(bare=True)
def commands_read_what_the_server_wrote():
    with Server() as server:
        with Lines(server) as client:
            client.ask(type="publish", topic="t", payload="by line")
        publish(server, "t", b"by http")
        server.stop()
        found = run_station("replay", "--dir", server.data, "--topic", "t")
        equal(found.stdout, "by line\nby http\n", f"replay: {found.stderr}")
        equal(run_station("verify", "--dir", server.data).returncode, 0, "verify")


@scenario(own=True)
def the_largest_stream_is_a_stream(server):
    server.stop()
    with open(os.path.join(server.data, "bus.meta.json"), encoding="utf-8") as meta:
        names = json.load(meta)
    names["topics"].append({"name": "far", "stream": 2**32 - 1})
    with open(os.path.join(server.data, "bus.meta.json"), "w", encoding="utf-8") as meta:
        json.dump(names, meta)
    os.mkdir(os.path.join(server.data, "topics", "far"))
    with Server(folder=server.folder, expected=["other processes can't follow it"]) as again, WebSocket(again) as client:
        equal([topic["stream"] for topic in get_json(again, "/api/topics")], [1, 2**32 - 1], "by stream")
        client.publish(2**32 - 1, b"x")
        equal(client.ack(2**32 - 1), 0, "the offset")
        check(again.resident() < 256 << 20, f"{again.resident()} bytes for two topics")
        again.stop()


if __name__ == "__main__":
    main()
