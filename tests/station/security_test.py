#!/usr/bin/env python3
"""What docs/security.md promises beside the token (token_test.py), by those who would like it otherwise: pages of other
sites, names that mean other files, requests that two servers read differently."""

import json
import os
import stat
import subprocess
import tempfile

from clients import Http, Lines, expect_error, fetch, get_json, publish, topic_state
from harness import PATIENCE, Server, Settings, check, equal, main, run_station, scenario
from locked import BEARER, UPGRADE, expect_unauthorized, get_topics, locked_server, token_file


# --- which addresses, which names ---


@scenario(bare=True)
def an_open_door_to_the_network_is_warned_of():
    with Server(expected=[]) as server:
        server.stop()
        check("token" not in server.stderr(), "loopback needs no warning")
    options = ("--host", "0.0.0.0", "--port", "0", "--line-port", "0")
    with tempfile.TemporaryDirectory() as folder, token_file() as path:
        for more, warned in (((), 1), (("--token-file", path), 0)):
            process = subprocess.Popen([Settings.station, "serve", "--data", os.path.join(folder, "data"), *options, *more],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                for _ in range(2):
                    process.stdout.readline()
                process.terminate()
                _, stderr = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
            found = [line for line in stderr.splitlines() if " warning " in line]
            equal(len(found), warned, f"warnings: {stderr}")
            check(all("--token-file" in line and "0.0.0.0" in line for line in found), f"it says what is open, and what helps: {found}")


OWN_NAMES = ["127.0.0.1", "127.0.0.1:9000", "127.8.9.1", "localhost", "LocalHost:80", "localhost.", "[::1]", "[::1]:9000",
             "station.localhost", "10.0.0.1:9000", "[fe80::1]:9000", "x", "station:9000", ""]
FOREIGN_NAMES = ["rebound.example", "rebound.example:9000", "127.0.0.1.rebound.example", "localhost.rebound.example", "1.2.3.4.5",
                 "localhost.com", "evillocalhost.com", "rebound.example.", "0x7f.1", "127.1", "xn--e1afmkfd.example"]


@scenario()
def a_name_that_was_pointed_at_loopback_is_refused(server):
    for host in OWN_NAMES:
        equal(fetch(server, "GET", "/api/topics", headers=[f"Host: {host}"], host=False).status, 200, f"Host: {host}")
    equal(fetch(server, "GET", "/api/topics", host=False, version="1.0").status, 200, "none at all, as in HTTP/1.0")
    for host in FOREIGN_NAMES:
        for method, path in (("GET", "/"), ("GET", "/livez"), ("GET", "/api/topics"), ("GET", "/api/topics/lobby/events"),
                             ("POST", "/api/topics/lobby/events"), ("HEAD", "/metrics"), ("OPTIONS", "/api/topics")):
            response = fetch(server, method, path, b"x" if method == "POST" else None, headers=[f"Host: {host}"], host=False)
            equal(response.status, 403, f"{method} {path} with Host: {host}")
        equal(fetch(server, "GET", "/ws", headers=[*UPGRADE, f"Host: {host}"], host=False).status, 403, f"an upgrade with Host: {host}")
    equal(topic_state(server, "lobby")["next_offset"], 0, "nothing was published")


@scenario("--allow-host", "station.example", "--allow-origin", "https://app.example:8443")
def a_name_that_was_allowed_is_the_stations_own(server):
    for host in ("station.example", "STATION.example:9000", "station.example.", "app.example", "app.example:8443", "127.0.0.1"):
        equal(fetch(server, "GET", "/api/topics", headers=[f"Host: {host}"], host=False).status, 200, host)
    for host in ("sub.station.example", "station.example.evil.example", "other.example"):
        equal(fetch(server, "GET", "/api/topics", headers=[f"Host: {host}"], host=False).status, 403, host)

    def upgraded(host, origin):
        return fetch(server, "GET", "/ws", headers=[*UPGRADE, f"Host: {host}", f"Origin: {origin}"], host=False).status

    equal(upgraded("station.example", "https://station.example"), 101, "behind a proxy")
    equal(upgraded("station.example:9000", "http://station.example:9000"), 101, "on its own port")
    equal(upgraded("station.example", "http://other.example"), 403, "another page on it")
    equal(upgraded("station.example", "http://station.example:1"), 403, "another port of it")
    equal(upgraded("127.0.0.1", "http://station.example"), 403, "a name that Host does not say")


@scenario("--allow-origin", "*")
def where_all_origins_are_allowed_all_names_are(server):
    equal(fetch(server, "GET", "/api/topics", headers=["Host: any.example"], host=False).status, 200, "any name")


@scenario("--allow-origin", "https://app.example")
def an_allowed_page_may_read_answers_and_others_may_not(server):
    ours, theirs = "Origin: https://app.example", "Origin: https://evil.example"
    publish(server, "lobby", b"x")
    for path in ("/api/topics", "/api/topics/lobby/events", "/health", "/api/topics/none/events", "/livez"):
        response = fetch(server, "GET", path, headers=[ours])
        equal(response.headers.get("access-control-allow-origin"), "https://app.example", path)
        check("Origin" in response.headers["vary"].split(", "), f"{path}: a cache is not told that Origin matters")
        check("access-control-allow-credentials" not in response.headers, "never with credentials")
        for headers in ([theirs], []):
            found = fetch(server, "GET", path, headers=headers).headers
            equal(found.get("access-control-allow-origin"), None, f"{path} with {headers}")
            check("Origin" in found["vary"].split(", "), f"{path} with {headers}: a cache is not told that Origin matters")
    preflight = ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"]
    response = fetch(server, "OPTIONS", "/api/topics/lobby/events", headers=[ours, *preflight])
    equal((response.status, response.headers["access-control-allow-origin"]), (204, "https://app.example"), "a preflight")
    check("POST" in response.headers["access-control-allow-methods"] and "Authorization" in response.headers["access-control-allow-headers"],
          f"what it allows: {response.headers}")
    equal(fetch(server, "OPTIONS", "/api/topics/lobby/events", headers=[theirs, *preflight]).status, 405, "another page's")


@scenario(bare=True)
def an_allowed_page_needs_the_token_all_the_same():
    with locked_server("--allow-origin", "https://app.example") as server:
        ours = ["Origin: https://app.example"]
        equal(fetch(server, "OPTIONS", "/api/topics", headers=[*ours, "Access-Control-Request-Method: GET"]).status, 204, "the question")
        response = fetch(server, "GET", "/api/topics", headers=ours)
        expect_unauthorized(response, tried=False)
        equal(response.headers["access-control-allow-origin"], "https://app.example", "it may read why")
        equal(fetch(server, "GET", "/api/topics", headers=[*ours, BEARER]).status, 200, "with the token")
        equal(fetch(server, "POST", "/api/topics/lobby/events", b"x", headers=["Origin: https://evil.example", BEARER]).status, 403,
              "the token does not make a foreign page a good one")


# --- names that mean other files ---


def files_under(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


@scenario(own=True)
def no_topics_name_leads_to_another_file(server):
    with open(os.path.join(server.folder, "secret"), "w", encoding="ascii") as file:
        file.write("secret")
    names = ["..", ".", "../secret", "..%2fsecret", "%2e%2e%2fsecret", "..%5csecret", "....//secret", "a/../../secret", "a%2f..%2fb",
             "/etc/passwd", "%2fetc%2fpasswd", "a%00", "a%0a", "%c0%ae%c0%ae%c0%afsecret", "%uff0e%uff0e", "~root", "a:b", "lobby%20",
             "LOCK/..", "-%2e%2e%2f", "a%252f..%252fb", "\u2025".encode().decode("latin-1"), ".lobby", "a" * 129, "con%3a", "a;b", "a\\b"]
    before = files_under(server.folder)
    for name in names:
        for method in ("GET", "POST"):
            with Http(server) as client:
                client.send(f"{method} /api/topics/{name}/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode("latin-1"))
                response = client.response()
            check(response.status in (400, 404), f"{method} of {name}: {response.status} {response.body!r}")
    with Lines(server) as client:
        for name in ("..", ".", "../secret", "a/b", "a\0", "a\n", "", "a" * 129, ".a", "\u2025", "a\\b", "/etc/passwd"):
            for request in ("open", "publish", "subscribe"):
                equal(client.ask(type=request, topic=name, payload="x")["reason"], "invalid_request", f"{request} {name!r}")
    for path in ("/../secret", "/..%2fsecret", "/%2e%2e/secret", "/....//secret", "/data/LOCK", "/LOCK", "/bus.meta.json",
                 "/topics/lobby/log-00000001.seg", "//etc/passwd", "/app.js%00.html", "/app.js/..", "/%2fetc%2fpasswd", "/ui/../app.js"):
        check(fetch(server, "GET", path).status in (400, 404), path)
    equal(files_under(server.folder), before, "no file has come")


@scenario(bare=True, local=True)
def what_lies_in_the_folder_uncalled_is_not_served():
    with Server() as server:
        server.stop()
        outside = os.path.join(server.folder, "outside")
        os.mkdir(outside)
        for name in ("linked", "another"):
            os.symlink(outside, os.path.join(server.data, "topics", name))
        with Server(folder=server.folder, expected=["is passed over: it is a link"]) as again:
            equal([topic["name"] for topic in get_json(again, "/api/topics")], ["lobby"], "only topics that were made are there")
            for name in ("linked", "another"):
                expect_error(fetch(again, "GET", f"/api/topics/{name}/events"), 404)
            again.stop()
        equal(os.listdir(outside), [], "nothing was written there")


@scenario(bare=True)
def the_folder_is_its_owners():
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "new", "data")
        equal(run_station("init", "--dir", data, umask=0).returncode, 0, "init")
        equal(run_station("publish", "--dir", data, "--topic", "t", "x", umask=0).returncode, 0, "publish")
        for at, _, names in os.walk(data):
            equal(stat.S_IMODE(os.stat(at).st_mode), 0o700, f"the mode of {at}")
            for name in names:
                equal(stat.S_IMODE(os.stat(os.path.join(at, name)).st_mode), 0o600, f"the mode of {name}")


# --- requests that two servers in a row would read differently, and answers with more in them than was meant ---


@scenario()
def requests_that_could_be_smuggled_are_refused(server):
    inner = b"POST /api/topics/smuggled/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    lengths = [b"Content-Length: 6\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 6",
               b"Content-Length: 6\r\nContent-Length: 5", b"Content-Length: 6\r\nContent-Length: 6", b"Content-Length: 6, 6",
               b"Content-Length: +6", b"Content-Length: -6", b"Content-Length: 0x6", b"Content-Length: 6 6", b"Content-Length: ",
               b"Content-Length: 6e0", b"Content-Length: 18446744073709551622", b"Content-Length: 99999999999999999999999999",
               b"Content-Length : 6", b" Content-Length: 6", b"Content-Length:\x0b6", b"Content-Length: 6\rX: x",
               b"Content-Length: 6\nX: x", b"Content-Length\x00: 6", b"Content_Length\x7f: 6", b"X: x\r\n Content-Length: 6",
               b"Transfer-Encoding : chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, identity",
               b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", b"Transfer-Encoding: \x0bchunked",
               b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding:\r\n chunked",
               b'Transfer-Encoding: "chunked"', b"Transfer-Encoding: chunked;x", b"Transfer-Encoding: x, chunked"]
    for header in lengths:
        with Http(server) as client:
            client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n0\r\n\r\nx" + inner)
            response = client.response()
            check(response.status in (400, 413, 501), f"{header!r}: {response.status}")
            client.expect_end()
    chunks = [b"0x1\r\nx\r\n0\r\n\r\n", b" 1\r\nx\r\n0\r\n\r\n", b"1 \r\nx\r\n0\r\n\r\n", b"+1\r\nx\r\n0\r\n\r\n", b"-1\r\n", b"1\nx\n0\n\n",
              b"1\r\nxx\r\n0\r\n\r\n", b"1\r\nx\n0\r\n\r\n", b"1\r\nx0\r\n\r\n", b"\r\n", b"g\r\n", b"1;\x00\r\nx\r\n0\r\n\r\n",
              b"10000000000000001\r\nx\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"1;" + b"a" * 2000 + b"\r\nx\r\n0\r\n\r\n", b"1\rX\nx\r\n"]
    for body in chunks:
        with Http(server) as client:
            client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body + inner)
            check(client.response().status in (400, 413), f"{body!r}")
            client.expect_end()
    with Http(server) as client:  # the trailer's length is not the next request's
        client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
                    b"Content-Length: 50\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        equal([client.response().status, client.response().status], [201, 200], "two requests")
    equal(topic_state(server, "smuggled"), None, "nothing was smuggled")


@scenario(bare=True)
def what_follows_a_refusal_is_not_a_request():
    """A body that is not read must not become the next request."""
    with locked_server() as server:
        inner = f"POST /api/topics/smuggled/events HTTP/1.1\r\nHost: x\r\n{BEARER}\r\nContent-Length: 1\r\n\r\nx".encode()
        with Http(server) as client:
            client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inner) + inner)
            expect_unauthorized(client.response(), tried=False)
            client.expect_end()
        equal(get_topics(server), ["lobby"], "it was not")


@scenario()
def nothing_that_is_asked_for_becomes_a_header(server):
    evil = "%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a<script>"
    for target in (f"/{evil}", f"/api/topics/{evil}/events", f"/api/topics/lobby/events?from={evil}", f"/api/topics?{evil}={evil}",
                   f"/api/topics/lobby/events?limit={evil}"):
        for method in ("GET", "POST", "HEAD"):
            response = fetch(server, method, target, b"" if method == "POST" else None)
            check("set-cookie" not in response.raw_head.lower() and b"<script>" not in response.body, f"{method} {target}: {response}")
    with Http(server) as client:  # a method is echoed in the detail of its refusal
        client.send(b"PROPFIND /api/topics HTTP/1.1\r\nHost: x\r\n\r\n")
        json.loads(client.response().body)


@scenario("--allow-origin", "*")
def an_origin_is_not_a_place_for_headers(server):
    for origin in ("https://a.example\x0bX: y", "https://a.example\rX: y", "https://a.example\nX: y", "https://a.example\r\n X: y"):
        with Http(server) as client:
            client.send(f"GET /livez HTTP/1.1\r\nHost: x\r\nOrigin: {origin}\r\n\r\n".encode("latin-1"))
            response = client.response()
            equal(response.status, 400, repr(origin))
            check("x" not in response.headers, "no header of its own")


GUARDS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin"}


@scenario()
def every_answer_says_what_a_browser_may_make_of_it(server):
    publish(server, "lobby", b"<script>alert(1)</script>")
    answers = [fetch(server, method, path, b"x" if method == "POST" else None) for method, path in
               (("GET", "/"), ("GET", "/app.js"), ("GET", "/api/topics"), ("GET", "/api/topics/lobby/events"), ("GET", "/metrics"),
                ("GET", "/health"), ("GET", "/livez"), ("GET", "/nothing"), ("DELETE", "/"), ("POST", "/api/topics/lobby/events"),
                ("GET", "/ws"), ("GET", "/api/topics/..%2f/events"), ("HEAD", "/api/topics"))]
    answers.append(fetch(server, "GET", "/ws", headers=[*UPGRADE, "Origin: http://evil.example"]))
    answers.append(fetch(server, "GET", "/", headers=["Host: evil.example"], host=False))
    answers.append(fetch(server, "GET", "/%zz"))
    for response in answers:
        found = {name: response.headers.get(name) for name in GUARDS}
        equal(found, GUARDS, response.raw_head)
        policy = response.headers["content-security-policy"]
        check("default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, f"the policy: {policy}")
        check("server" not in response.headers and "x-powered-by" not in response.headers, "no name and number to look up")
        check("html" not in response.headers.get("content-type", "") or b"<title>Station" in response.body, "only the page is HTML")
    equal(answers[0].headers["cross-origin-opener-policy"], "same-origin", "the page's window is its own")


if __name__ == "__main__":
    main()
