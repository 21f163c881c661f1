#!/usr/bin/env python3
"""Few descriptors: the server says how far they reach, keeps to it, and begins again with what it made."""

import json
import os
import re
import resource
import tempfile
import time

from clients import EVENT, Http, Lines, connect, fetch, get_json, metric, publish, sample
from harness import Failure, Server, check, equal, main, run_station, scenario, until
from websocket import WebSocket

WARNING = r"warning the limit of (\d+) descriptors leaves room for (\d+) connections, not for 16384 .*"


def limited(number, soft=None):
    return ["prlimit", f"--nofile={soft or number}:{number}", "--"]


# UndefinedBehaviorSanitizer looks at memory through a pipe, and takes it for bad where there is no descriptor for one.
@scenario(bare=True, long=True)
def it_serves_as_many_as_the_limit_allows():
    for limit in (32, 64, 256):
        with Server(prefix=limited(limit), expected=[WARNING]) as server:
            said = re.search(WARNING, server.stderr())
            check(said and int(said[1]) == limit, f"the warning: {server.stderr()}")
            room = int(said[2])
            check(2 <= room < limit, f"room for {room} of {limit}")
            clients = []
            for i in range(room):
                clients.append(Lines(server))
                equal(clients[-1].ask(type="publish", topic=f"t{i % 5}", payload="x")["type"], "published", f"client {i}")
            for _ in range(3):
                with Lines(server) as late, Http(server) as later:
                    equal(late.reply(), {"status": "rejected", "reason": "too_many_connections"}, "one line client more")
                    equal(later.response().status, 503, "one more over HTTP")
            for i, client in enumerate(clients):
                equal(client.ask(type="subscribe", topic=f"t{i % 5}", **{"from": "beginning"})["type"], "subscribed", "reading")
                equal(client.reply()["payload"], "x", "an event")
            for client in clients:
                client.reset()  # a subscriber that only closes may still be reading
            until(lambda: turned_away(server) is False, "there is room again")
            equal(metric(server, "station_accept_errors_total"), 0, "no connection had to wait")
            server.stop()


def turned_away(server):
    try:
        return fetch(server, "GET", "/livez").status == 503
    except (Failure, OSError):
        return True


@scenario(bare=True)
def a_soft_limit_is_raised_first():
    with Server("--max-connections", "300", prefix=limited(512, 32)) as server:
        clients = [Lines(server) for _ in range(300)]
        for client in clients:
            client.line(EVENT)
        for client in clients:
            reply = client.reply()
            equal(reply["status"], "accepted", f"as many as the hard limit has room for: {reply}")
            client.close()
        server.stop()


@scenario(bare=True, long=True)
def what_it_made_it_opens_again():
    with tempfile.TemporaryDirectory() as folder:
        for limit in (64, 32):
            with Server(folder=folder, prefix=limited(limit), expected=[WARNING]) as server, Lines(server) as client:
                for i in range(100):
                    found = client.ask(type="publish", topic=f"t{i}", payload="x")
                    equal(found["type"], "published", f"topic {i}: {found}")
                equal(len(get_json(server, "/api/topics")), 101, "topics")
                equal(get_json(server, "/health")["status"], "ok", "/health")
                server.stop()


@scenario(bare=True, long=True)
def too_few_are_named():
    for limit in (4, 8, 16, 30):
        with tempfile.TemporaryDirectory() as folder:
            found = run_station("serve", "--data", folder, "--port", "0", "--line-port", "0",
                                preexec_fn=lambda number=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number)))
            equal((found.returncode, found.stdout), (2, ""), f"with {limit}: {found.stderr}")
            check(re.fullmatch(rf"station: the limit of {limit} descriptors is too small: .*\n", found.stderr),
                  f"one line that names them: {found.stderr!r}")


@scenario("--max-connections", "200", expected=["can't be taken now: Too many open files"], long=True)
def where_none_is_left_connections_wait(server):
    with Http(server) as admin, Lines(server) as first:
        equal(first.ask(type="health"), {"status": "ok"}, "it is the server's")
        before = sample(admin.ask("GET", "/metrics"), "station_accept_errors_total")
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, hard))
        clients = [Lines(server) for _ in range(20)]
        for client in clients:
            client.line(EVENT)

        def errors():
            return sample(admin.ask("GET", "/metrics"), "station_accept_errors_total") - before

        began, spent = time.monotonic(), cpu_seconds(server)
        until(lambda: errors() >= 20, "it tries again and again")
        check(cpu_seconds(server) - spent < 0.5 * (time.monotonic() - began), "it does not spin")
        equal(first.ask(type="health"), {"status": "ok"}, "who is there is served")
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))
        for client in clients:
            equal(client.reply()["status"], "accepted", "who waits is served in the end")
            client.close()
        lines = [line for line in server.stderr().splitlines() if "taken" in line]
        equal(len(lines), 2, f"one line when it began, one when it was over: {lines}")
        check("connections are taken again" in lines[1], f"the second: {lines}")


def cpu_seconds(server):
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
