#!/usr/bin/env python3
"""What docs/security.md promises, by those who would like it otherwise: strangers without the token, pages of other
sites, names that mean other files, requests that two servers read differently."""

import base64
import contextlib
import json
import os
import stat
import statistics
import subprocess
import tempfile
import time

from clients import EVENT, Http, Lines, expect_error, fetch, get_json, metric, publish, topic_state
from harness import PATIENCE, Server, Settings, Skip, check, equal, main, run_station, scenario, until
from websocket import BATCH, TEXT, WebSocket, encode

TOKEN = "aGVsbG8gd29ybGQ+/w=="
BEARER = f"Authorization: Bearer {TOKEN}"
UPGRADE = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
# Every way in that is not the page, its files, or the question whether the process lives.
CLOSED = [("GET", "/api/topics"), ("GET", "/api/topics/lobby/events"), ("POST", "/api/topics/lobby/events"),
          ("GET", "/api/access"), ("GET", "/metrics"), ("GET", "/ws"), ("GET", "/echo"), ("GET", "/nothing"),
          ("DELETE", "/api/topics"), ("OPTIONS", "/api/topics"), ("POST", "/nothing"), ("GET", "//api/topics"),
          ("GET", "/./api/topics"), ("GET", "/%61pi/topics"), ("GET", "/livez/../api/topics"), ("HEAD", "/api/topics"),
          ("GET", "/app.js/../api/topics"), ("GET", "/API/topics"), ("GET", "http://127.0.0.1/api/topics")]
OPEN = ["/", "/app.js", "/style.css", "/livez", "/health"]


@contextlib.contextmanager
def token_file(content=TOKEN + "\n", mode=0o600):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
        os.chmod(path, mode)
        yield path


@contextlib.contextmanager
def locked_server(*options, **more):
    with token_file() as path, Server("--token-file", path, *options, **more) as server:
        server.token_path = path
        yield server
        if server.process.poll() is None:
            server.stop()


def subprotocol(token, prefix=""):
    return f"Sec-WebSocket-Protocol: {prefix}station.bearer." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def expect_unauthorized(response, tried):
    equal(response.status, 401, "the status")
    equal(response.headers["www-authenticate"],
          'Bearer realm="station"' + (', error="invalid_token"' if tried else ""), "WWW-Authenticate")
    equal(response.headers.get("connection"), "close", "a guess costs a connection")


# --- the token ---


@scenario(bare=True)
def without_the_token_every_way_in_is_closed():
    with locked_server() as server:
        for method, path in CLOSED:
            for headers in ([], UPGRADE if method == "GET" else []):
                with Http(server) as client:
                    expect_unauthorized(client.ask(method, path, headers=headers), tried=False)
                    client.expect_end()
        for path in OPEN:
            equal(fetch(server, "GET", path).status, 200, path)
            expect_unauthorized(fetch(server, "GET", path, headers=UPGRADE), tried=False)
        equal(fetch(server, "GET", "/health").body, b'{"status":"ok"}\n', "strangers learn no names of topics")
        equal(get_topics(server), ["lobby"], "and nothing has happened")


def get_topics(server):
    return [topic["name"] for topic in json.loads(fetch(server, "GET", "/api/topics", headers=[BEARER]).body)]


@scenario(bare=True)
def with_the_token_every_way_in_is_open():
    with locked_server() as server:
        equal(fetch(server, "POST", "/api/topics/t/events", b"x", headers=[BEARER]).status, 201, "a publish")
        equal(fetch(server, "GET", "/api/topics/t/events", headers=[f"authorization: bEARER   {TOKEN} "]).status, 200,
              "the scheme in any case, spaces around the token")
        equal(fetch(server, "GET", "/metrics", headers=[BEARER]).status, 200, "/metrics")
        check(b"topics" in fetch(server, "GET", "/health", headers=[BEARER]).body, "/health in full")
        equal(fetch(server, "GET", "/api/access", headers=[BEARER]).body, b'{"status":"granted"}\n', "/api/access")
        expect_error(fetch(server, "GET", "/nothing", headers=[BEARER]), 404)
        with WebSocket(server, batch=True, headers=[BEARER]) as client:
            client.publish(1, b"binary")
            equal(client.frame().type, 4, "an ACK")
        with Http(server) as client:
            for _ in range(3):
                equal(client.ask("GET", "/api/topics", headers=[BEARER]).status, 200, "a connection is used again")
            expect_unauthorized(client.ask("GET", "/api/topics"), tried=False)
            client.expect_end()


@scenario(bare=True)
def a_browsers_websocket_shows_the_token_as_a_subprotocol():
    with locked_server() as server:
        for offer, chosen in ((subprotocol(TOKEN, f"{BATCH}, "), BATCH), (subprotocol(TOKEN, "station.v1, "), "station.v1"),
                              (subprotocol(TOKEN), None), (subprotocol(TOKEN) + f", {BATCH}", BATCH)):
            response = fetch(server, "GET", "/ws", headers=[*UPGRADE, offer])
            equal((response.status, response.headers.get("sec-websocket-protocol")), (101, chosen), offer)
            check("bearer" not in response.raw_head, "the token is not sent back")
        for offer in (subprotocol("x" * 20), subprotocol(TOKEN[:-1]), subprotocol(TOKEN + "x"), subprotocol(TOKEN).upper(),
                      subprotocol(TOKEN)[:-1], subprotocol(TOKEN) + "=", f"Sec-WebSocket-Protocol: station.bearer.{TOKEN}"):
            equal(fetch(server, "GET", "/ws", headers=[*UPGRADE, offer]).status, 401, offer)
        # It is for upgrades alone: elsewhere a page could make a browser send it without asking first.
        expect_unauthorized(fetch(server, "GET", "/api/topics", headers=[subprotocol(TOKEN)]), tried=False)


@scenario(bare=True)
def what_is_almost_the_token_is_wrong():
    with locked_server() as server:
        before = float(metric_with_token(server, "station_unauthorized_total"))
        guesses = [TOKEN[:-1], TOKEN + "=", TOKEN.lower(), TOKEN[1:], "A" + TOKEN[1:], TOKEN[:-1] + "A", TOKEN * 2, "", "x",
                   TOKEN + "\t" + TOKEN, f'"{TOKEN}"', f"{TOKEN},{TOKEN}", "a" * 15000, TOKEN[:8] + " " + TOKEN[8:]]
        for guess in guesses:
            expect_unauthorized(fetch(server, "GET", "/api/topics", headers=[f"Authorization: Bearer {guess}"]), tried=True)
        basic = base64.b64encode(f"user:{TOKEN}".encode()).decode()
        others = [f"Authorization: Basic {basic}", f"Authorization: {TOKEN}", f"Authorization: Bearer{TOKEN}", "Authorization: ",
                  f"Authorization: Token {TOKEN}"]
        for header in others:
            expect_unauthorized(fetch(server, "GET", "/api/topics", headers=[header]), tried=True)
        for doubled in ([BEARER, "Authorization: Bearer x"], ["Authorization: Bearer x", BEARER], [BEARER, BEARER]):
            expect_unauthorized(fetch(server, "GET", "/api/topics", headers=doubled), tried=True)
        for place in (f"/api/topics?token={TOKEN}", f"/api/topics?access_token={TOKEN}"):
            expect_unauthorized(fetch(server, "GET", place), tried=False)
        expect_unauthorized(fetch(server, "GET", "/api/topics", headers=[f"Cookie: station-token={TOKEN}"]), tried=False)
        after = float(metric_with_token(server, "station_unauthorized_total"))
        equal(after - before, len(guesses) + len(others) + 3 + 3, "each is counted")


def metric_with_token(server, name):
    text = fetch(server, "GET", "/metrics", headers=[BEARER]).body.decode()
    return next(line.split()[1] for line in text.splitlines() if line.startswith(name + " "))


@scenario(bare=True)
def lines_begin_with_the_token():
    with locked_server() as server:
        with Lines(server) as client:
            equal(client.ask(type="auth", token=TOKEN, ref=[1]), {"type": "authorized", "ref": [1]}, "the answer")
            client.line(EVENT)
            equal(client.reply()["status"], "accepted", "what follows is served")
            client.line("x" * 60000)
            equal(client.reply()["reason"], "invalid_json", "long lines too")
        with Lines(server) as client:
            client.send(json.dumps({"type": "auth", "token": TOKEN}).encode() + b"\n" + EVENT.encode() + b"\n" + b"y" * 60000 + b"\n")
            equal([client.reply().get("type"), client.reply()["status"], client.reply()["reason"]],
                  ["authorized", "accepted", "invalid_json"], "all in one piece")
        first_lines = [EVENT, '{"type":"health"}', '{"type":"metrics"}', '{"type":"topics"}', "nonsense", "GET / HTTP/1.1",
                       '{"type":"subscribe","topic":"lobby","from":"beginning"}', '{"type":"auth"}', '{"type":"auth","token":7}',
                       '{"type":"auth","token":""}', json.dumps({"type": "auth", "token": TOKEN[:-1]}),
                       json.dumps({"type": "auth", "token": TOKEN + "x"}), json.dumps({"token": TOKEN}), json.dumps([TOKEN]),
                       '{"type":"auth","token":' + "[" * 2000 + "]" * 2000 + "}", "x" * 5000]
        for line in first_lines:
            with Lines(server) as client:
                client.send(line.encode() + b"\n" + json.dumps({"type": "auth", "token": TOKEN}).encode() + b"\n" + EVENT.encode() + b"\n")
                equal(client.reply_text(), '{"status":"error","reason":"unauthorized"}', line[:100])
                client.expect_end()
        equal(get_topics(server), ["lobby", "events"], "the topics")
        with Lines(server) as client:
            equal(client.ask(type="auth", token=TOKEN)["type"], "authorized", "in")
            equal(client.ask(type="auth", token="wrong")["reason"], "unauthorized", "who is in may be wrong")
            equal(client.ask(type="health")["status"], "ok", "and stays in")


@scenario()
def a_server_without_a_token_takes_any(server):
    with Lines(server) as client:
        equal(client.ask(type="auth", token="whatever"), {"type": "authorized"}, "so that a client need not know")
    equal(fetch(server, "GET", "/api/topics", headers=["Authorization: Bearer whatever"]).status, 200, "over HTTP")
    equal(fetch(server, "GET", "/ws", headers=[*UPGRADE, subprotocol("whatever", "station.v1, ")]).status, 101, "an upgrade")


@scenario(bare=True)
def strangers_cost_little():
    # No line of theirs is kept beyond what a token needs: the answer comes before the line has an end, or the time has.
    with locked_server("--request-timeout", "60m") as server, Lines(server) as client:
        client.send(b"x" * 5000)
        equal(client.reply_text(), '{"status":"error","reason":"unauthorized"}', "the answer to half a line")
        client.expect_end()
    with locked_server("--request-timeout", "1s") as server:
        # No body is read, nor asked for,
        for head in (b"Content-Length: 1000000\r\n", b"Content-Length: 1000000\r\nExpect: 100-continue\r\n",
                     b"Transfer-Encoding: chunked\r\n"):
            with Http(server) as client:
                client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")
                expect_unauthorized(client.response(), tried=False)
                client.expect_end()
        # and who says nothing, or goes on saying a little, is sent home.
        silent = [Lines(server) for _ in range(20)]
        for client in silent[10:]:
            client.send(b'{"type":')
        for client in silent:
            equal(client.reply_text(), '{"status":"error","reason":"unauthorized"}', "on a line")
            client.expect_end()
        with Http(server) as client:
            client.expect_end()


@scenario(bare=True)
def a_flood_of_guesses_leaves_nothing_behind():
    with locked_server() as server:
        def flood(count):
            for i in range(count):
                with Http(server) as client:
                    client.request("GET", "/api/topics", headers=[f"Authorization: Bearer {i:020d}"])
                    client.response()
                with Lines(server) as client:
                    client.say(type="auth", token=f"{i:020d}")
                    client.reply()
        flood(200)
        before = server.resident()
        flood(300 if Settings.short else 2000)
        grown = server.resident() - before
        check(grown < 2 << 20 or Settings.short, f"{grown} bytes more after the flood")
        until(lambda: metric_with_token(server, 'station_connections{door="lines"}') == "0", "the connections are gone")
        check(len(server.stderr().splitlines()) < 20, "a flood of guesses is no flood of log lines")


@scenario(bare=True)
def the_token_is_nowhere_to_be_read():
    with locked_server("--log-level", "debug") as server:
        with Lines(server) as client:
            client.ask(type="auth", token=TOKEN)
            client.ask(type="subscribe", topic="lobby")
            client.ask(type="auth", token=TOKEN + "x")
        said = [fetch(server, "GET", path, headers=[BEARER]).body for path in
                ("/api/topics", "/metrics", "/health", "/", "/nothing", f"/{TOKEN}", "/api/access")]
        said[5] = b""
        with open(f"/proc/{server.pid}/cmdline", "rb") as cmdline, open(f"/proc/{server.pid}/environ", "rb") as environ:
            said += [cmdline.read(), environ.read()]
        server.stop()
        said.append(server.stderr().encode())
        for folder, _, names in os.walk(server.data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    said.append(file.read())
        for text in said:
            check(TOKEN[:-1].encode() not in text, f"the token is in {text[:200]!r}")


@scenario(bare=True)
def a_token_file_that_others_may_read_is_refused():
    def refused(path, says):
        found = run_station("serve", "--data", os.path.join(os.path.dirname(path), "data"), "--port", "0", "--line-port", "0",
                            "--token-file", path)
        equal((found.returncode, found.stdout), (2, ""), f"status and output: {found.stderr}")
        equal(len(found.stderr.splitlines()), 1, f"one line: {found.stderr!r}")
        check(found.stderr.startswith(f"station: --token-file: {path}: ") and says in found.stderr, f"it names the file and {says!r}: {found.stderr!r}")
        check(TOKEN[:8] not in found.stderr, "it does not name the token")
        check(not os.path.exists(os.path.join(os.path.dirname(path), "data")), "and nothing has been begun")
        # A client is as careful with it.
        equal(run_station("topics", "--server", "127.0.0.1:1", "--token-file", path).returncode, 2, "a client's status")

    for mode in (0o644, 0o604, 0o602, 0o620, 0o666, 0o777, 0o601):
        with token_file(mode=mode) as path:
            refused(path, "chmod 600")
    with token_file(mode=0o640) as path:
        if os.geteuid() == 0:  # root's own way of handing it to a group; for anybody else's file it is refused
            with Server("--token-file", path) as server:
                server.stop()
            os.chown(path, 65534, 65534)
        refused(path, "chmod 600")
    for content, says in (("", "16 characters"), ("\n", "16 characters"), ("short\n", "16 characters"), ("a" * 15 + "\n", "16 characters"),
                          ("a" * 513, "512 characters"), ("a" * 100000, "512 characters"), (TOKEN + "\n" + TOKEN + "\n", "one line"),
                          (TOKEN + " x", "one line"), ("t\u00f6ken-of-the-station".encode().decode("latin-1").encode("ascii", "replace").decode(), "one line"),
                          (TOKEN + "\n\n", "one line")):
        with token_file(content) as path:
            refused(path, says)
    with tempfile.TemporaryDirectory() as folder:
        refused(os.path.join(folder, "none"), "No such file")
        os.mkdir(os.path.join(folder, "folder"), 0o700)
        refused(os.path.join(folder, "folder"), "directory")


@scenario(bare=True)
def a_token_files_line_end_is_no_part_of_the_token():
    for content in (TOKEN, TOKEN + "\n", TOKEN + "\r\n"):
        with token_file(content, 0o400) as path, Server("--token-file", path) as server:
            equal(fetch(server, "GET", "/api/topics", headers=[BEARER]).status, 200, repr(content))
            server.stop()


@scenario(bare=True)
def commands_show_the_token():
    with locked_server() as server:
        at = ("--server", f"127.0.0.1:{server.port}")
        with_token = (*at, "--token-file", server.token_path)
        large = os.path.join(server.folder, "large")
        with open(large, "w", encoding="ascii") as file:
            file.write("x" * 300000)
        equal(run_station("publish", *with_token, "--topic", "t", "one").returncode, 0, "publish, by WebSocket")
        equal(run_station("publish", *with_token, "--topic", "t", "--file", large).returncode, 0, "publish, by HTTP")
        equal(run_station("replay", *with_token, "--topic", "t").stdout, "one\n" + "x" * 300000 + "\n", "replay")
        check("t " in run_station("topics", *with_token).stdout, "topics")
        equal(run_station("tail", *with_token, "--topic", "t", "--from", "beginning", "--limit", "1").stdout, "one\n", "tail")
        with token_file("another-token-of-this-length\n") as wrong:
            for command in (("publish", "--topic", "t", "x"), ("replay", "--topic", "t"), ("tail", "--topic", "t"), ("topics",)):
                for options in (at, (*at, "--token-file", wrong)):
                    found = run_station(command[0], *options, *command[1:])
                    equal((found.returncode, found.stdout), (1, ""), f"{command}: {found.stderr}")
                    check("access token" in found.stderr, f"{command} says why: {found.stderr!r}")
        equal(run_station("topics", "--dir", server.data, "--token-file", server.token_path).returncode, 2, "a folder wants no token")


@scenario(bare=True)
def the_load_generator_shows_the_token():
    loadgen = os.path.join(os.path.dirname(Settings.station), "loadgen")
    if not os.path.exists(loadgen):
        raise Skip("there is no load generator beside the server")
    with locked_server() as server:
        for options in (("--mix", "ws", "--subscribers", "2", "--target", f"127.0.0.1:{server.port}"),
                        ("--mix", "events", "--target", f"127.0.0.1:{server.line_port}")):
            command = [loadgen, *options, "--connections", "3", "--requests", "50", "--duration", "60s", "--json", "-"]
            for more, status in ((("--token-file", server.token_path), 0), ((), 1)):
                found = subprocess.run([*command, *more], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                       timeout=PATIENCE + 60)
                equal(found.returncode, status, f"{command} {more}: {found.stderr}")
                check(TOKEN[:8] not in found.stdout + found.stderr, "the report does not name the token")


@scenario(bare=True, long=True)
def how_long_a_refusal_takes_tells_nothing():
    """A wrong last character takes as long as a wrong first one. A test of last resort: that the comparison has no early
    end is plain in access.cpp; this would show one that cost microseconds."""
    token = "t" * 500
    with token_file(token) as path, Server("--token-file", path) as server:
        def refusal(guess):
            with Lines(server) as client:
                began = time.perf_counter()
                client.say(type="auth", token=guess)
                client.reply()
                return time.perf_counter() - began
        first, last = [], []
        for _ in range(300):
            first.append(refusal("x" + token[1:]))
            last.append(refusal(token[:-1] + "x"))
        near, far = statistics.median(last), statistics.median(first)
        check(max(near, far) < 3 * min(near, far), f"median {far * 1e6:.0f} us with the first character wrong, {near * 1e6:.0f} us with the last")
        server.stop()


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
        equal((response.headers.get("access-control-allow-origin"), response.headers.get("vary")), ("https://app.example", "Origin"), path)
        check("access-control-allow-credentials" not in response.headers, "never with credentials")
        for headers in ([theirs], []):
            found = fetch(server, "GET", path, headers=headers).headers
            equal((found.get("access-control-allow-origin"), found.get("vary")), (None, "Origin"), f"{path} with {headers}")
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


@scenario(bare=True)
def what_lies_in_the_folder_uncalled_is_not_served():
    with Server() as server:
        server.stop()
        outside = os.path.join(server.folder, "outside")
        os.mkdir(outside)
        for name in ("linked", "another"):
            os.symlink(outside, os.path.join(server.data, "topics", name))
        with Server(folder=server.folder) as again:
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
