#!/usr/bin/env python3
"""nginx in front, with the configurations of docs/operations.md (under a prefix) and docs/security.md (at the root)."""

import contextlib
import json
import os
import re
import tempfile
from collections import namedtuple

from real import HOST, NGINX_ALONE, ROOT, listening, program
from clients import Http, fetch, gunzip
from harness import check, equal, main, scenario
from websocket import LOBBY, MESSAGE, WebSocket

NGINX = program("nginx", "nginx-light")
Address = namedtuple("Address", "port")


def documented(page):
    with open(os.path.join(ROOT, "docs", page), encoding="utf-8") as file:
        match = re.search(r"```nginx\n(.*?)```", file.read(), re.DOTALL)
    check(match, f"docs/{page} has no configuration of nginx")
    return match[1]


@contextlib.contextmanager
def proxy(server, blocks):
    """blocks(port) are what stands in http {}, besides the map. Gives the proxy's address."""
    upgrades = re.search(r"^map .*", documented("security.md"), re.MULTILINE)[0]
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        def command(port):
            text = NGINX_ALONE.format(folder=folder, http=f"{upgrades}\n{blocks(port)}")
            with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as file:
                file.write(text.replace("127.0.0.1:9000", f"127.0.0.1:{server.port}"))
            return [NGINX, "-p", folder, "-c", "nginx.conf", "-e", f"{folder}/error.log"]

        with listening(command, os.path.join(folder, "log")) as port:
            yield Address(port)


def at_the_root(port):
    text = documented("security.md")
    text = re.sub(r"(?m)^(map|    ssl_).*\n", "", text)
    return text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")


def under_a_prefix(port):
    return f"server {{ listen 127.0.0.1:{port}; server_name {HOST}; {documented('operations.md')} }}"


def ask(address, method, target, body=None, headers=()):
    return fetch(address, method, target, body, [f"Host: {HOST}", *headers], host=False)


def use(server, address, prefix):
    """What a browser, and curl, do through the proxy."""
    page = ask(address, "GET", prefix + "/")
    equal(page.status, 200, "the page's status")
    for name in re.findall(r'(?:src|href)="([^":#]+\.(?:js|css|svg))"', page.body.decode()):
        equal(ask(address, "GET", f"{prefix}/{name}").status, 200, f"what the page asks for: {name}")

    own = f"Origin: http://{HOST}"
    receipt = ask(address, "POST", prefix + "/api/topics/lobby/events", b"over HTTP", [own])
    equal(receipt.status, 201, f"publishing: {receipt.body!r}")
    offset = json.loads(receipt.body)["offset"]
    foreign = ask(address, "POST", prefix + "/api/topics/lobby/events", b"x", ["Origin: http://foreign.example"])
    equal(foreign.status, 403, "the status of a foreign page's publish")
    replay = ask(address, "GET", f"{prefix}/api/topics/lobby/events?from=offset:{offset}", headers=["Accept-Encoding: gzip"])
    equal(json.loads(gunzip(replay.body))["payload"], "over HTTP", "the replay")

    # The event comes while the answer is still open: nothing is held back on the way.
    with Http(address) as follower:
        follower.request("GET", f"{prefix}/api/topics/lobby/events?from=now&follow=true&limit=1",
                         headers=[f"Host: {HOST}"], host=False)
        check(follower.head().status == 200, "following")
        with WebSocket(address, path=prefix + "/ws") as client:
            client.publish(LOBBY, b"over WebSocket")
            client.ack(LOBBY)
            client.subscribe(LOBBY, offset + 1)
            found = client.frame()
            equal((found.type, found.payload), (MESSAGE, b"over WebSocket"), "what the WebSocket follows")
            equal(json.loads(next(follower.chunks()))["payload"], "over WebSocket", "what HTTP follows")


@scenario("--allow-host", HOST)
def at_the_root_of_a_host(server):
    with proxy(server, at_the_root) as address:
        use(server, address, "")
        equal(ask(address, "POST", "/api/topics/lobby/events", b"x" * (1 << 20)).status, 201, "a mebibyte's status")
        equal(ask(address, "POST", "/api/topics/lobby/events", b"x" * (1 << 20 | 1)).status, 413, "one byte more")


@scenario("--allow-host", HOST)
def under_a_prefix_of_a_host(server):
    with proxy(server, under_a_prefix) as address:
        use(server, address, "/station")
        moved = ask(address, "GET", "/station")
        equal(moved.status, 308, "the status without the slash")
        check(moved.headers["location"].endswith("/station/"), f"where it leads: {moved.headers}")


if __name__ == "__main__":
    main()
