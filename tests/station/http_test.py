#!/usr/bin/env python3
"""HTTP: every path and method, every error, connections that are used again, bodies in every form."""

import json
import re

from clients import EVENT, GZIP, Http, Lines, expect_error, fetch, get_json, gunzip, metric, ndjson, publish, topic_state
from harness import Settings, check, equal, main, scenario

POLICY = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"]
PAGES = ["/", "/app.js", "/style.css"]


@scenario()
def the_page_is_there_with_its_headers(server):
    for path in PAGES:
        response = fetch(server, "GET", path)
        equal(response.status, 200, path)
        policy = response.headers["content-security-policy"]
        check(all(rule in policy for rule in POLICY), f"the policy of {path}: {policy}")
        check("unsafe" not in policy and "*" not in policy, f"a policy without exceptions: {policy}")
        equal(response.headers["x-content-type-options"], "nosniff", "nosniff")
        equal(response.headers["referrer-policy"], "no-referrer", "Referrer-Policy")
        check(re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", response.headers["date"]), "Date")
        equal(fetch(server, "HEAD", path).headers["content-length"], str(len(response.body)), "HEAD's length")
    equal(fetch(server, "GET", "/").headers["content-type"], "text/html; charset=utf-8", "the page's type")
    check("javascript" in fetch(server, "GET", "/app.js").headers["content-type"], "a script's type")


@scenario()
def all_that_the_page_names_is_there(server):
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        response = fetch(server, "GET", path)
        equal(response.status, 200, path)
        seen.add(path)
        text = response.body.decode()
        found = re.findall(r'(?:src|href)="(?:\./|/)?([\w./-]+)"', text) if path == "/" else []
        if path.endswith(".js"):
            found += re.findall(r'^(?:import|export)[^;]*?from\s+"\./([\w./-]+)"', text, re.M)
        waiting += [f"/{name}" for name in found if f"/{name}" not in seen and f"/{name}" not in waiting]
    check(len(seen) > 3, f"only {seen} was found")


@scenario()
def a_page_that_has_not_changed_is_not_sent_again(server):
    tag = fetch(server, "GET", "/app.js").headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        with Http(server) as client:
            response = client.ask("GET", "/app.js", headers=[f"If-None-Match: {known}"])
            equal((response.status, response.headers.get("etag")), (304, tag), f"If-None-Match: {known}")
            equal(response.headers.get("content-length"), None, "a length would be the page's")
            equal(client.ask("GET", "/livez").status, 200, "the next request: 304 has no body")
    equal(fetch(server, "GET", "/app.js", headers=['If-None-Match: "other"']).status, 200, "another tag")


@scenario()
def the_page_is_compressed_for_who_prefers_it(server):
    for path in (*PAGES, "/icon.svg", "/shared/dom.js"):
        plain, coded = fetch(server, "GET", path), fetch(server, "GET", path, headers=[GZIP])
        equal(gunzip(coded.body), plain.body, path)
        check(len(coded.body) < len(plain.body), f"{path}: {len(coded.body)} of {len(plain.body)} bytes")
        equal([response.headers.get("content-encoding") for response in (plain, coded)], [None, "gzip"], path)
        equal([response.headers.get("vary") for response in (plain, coded)], ["Accept-Encoding"] * 2, path)
        head = fetch(server, "HEAD", path, headers=[GZIP])
        found = {name: head.headers.get(name) for name in coded.headers if name != "date"}
        equal(found, {name: value for name, value in coded.headers.items() if name != "date"}, f"HEAD {path}")
        equal(gunzip(fetch(server, "GET", path, headers=[GZIP], version="1.0").body), plain.body, f"HTTP/1.0, {path}")


@scenario()
def each_coding_has_its_tag(server):
    tags = {headers: fetch(server, "GET", "/app.js", headers=headers).headers["etag"] for headers in ((), (GZIP,))}
    check(len(set(tags.values())) == 2, f"strong tags of two representations: {tags}")
    for headers, tag in tags.items():
        for known in tags.values():
            with Http(server) as client:
                response = client.ask("GET", "/app.js", headers=[*headers, f"If-None-Match: {known}"])
                equal((response.status, response.headers["etag"], response.headers["vary"]),
                      (304 if known == tag else 200, tag, "Accept-Encoding"), f"{headers}, {known}")
                equal(client.ask("GET", "/livez").status, 200, "the next request")


@scenario()
def a_coding_is_chosen_by_weight(server):
    for accepted, coding in (("deflate, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("*", "gzip"), ("*, gzip;q=0", None), ("br", None),
                             ("identity;q=0", None), ("gzip;q=0.2, identity;q=0.8", None), ("", None)):
        for path in ("/app.js", "/metrics", "/api/topics/weighed/events"):
            publish(server, "weighed", b"x")
            response = fetch(server, "GET", path, headers=[f"Accept-Encoding: {accepted}"])
            equal((response.status, response.headers.get("content-encoding")), (200, coding), f"{path}, {accepted!r}")


@scenario()
def metrics_are_compressed_for_who_prefers_it(server):
    for i in range(150):  # some pieces
        publish(server, f"measured-{i}", b"x")
    for version in ("1.0", "1.1"):
        plain = fetch(server, "GET", "/metrics", version=version)
        coded = fetch(server, "GET", "/metrics", headers=[GZIP], version=version)
        names = [[line.split(b" ")[0] for line in body.splitlines() if not line.startswith(b"#")] for body in (plain.body, gunzip(coded.body))]
        equal(names[0], names[1], "the samples")
        check(len(plain.body) > 32 << 10 and len(coded.body) < len(plain.body) // 4, f"{len(coded.body)} of {len(plain.body)} bytes")
        equal([response.headers["vary"] for response in (plain, coded)], ["Accept-Encoding"] * 2, "Vary")
        equal(fetch(server, "HEAD", "/metrics", headers=[GZIP]).headers["content-encoding"], "gzip", "HEAD")


@scenario("--allow-origin", "https://friend.example")
def there_is_one_vary(server):
    publish(server, "varied", b"x")
    for path in ("/", "/metrics", "/api/topics/varied/events"):
        for headers in ([], ["Origin: https://friend.example"]):
            equal(fetch(server, "GET", path, headers=headers).headers["vary"], "Accept-Encoding, Origin", path)
    equal(fetch(server, "GET", "/api/topics").headers["vary"], "Origin", "what has no coding")


@scenario()
def health_and_life(server):
    found = get_json(server, "/health")
    equal((found["status"], found["failed"], found["damaged"]), ("ok", [], []), "/health")
    equal(fetch(server, "GET", "/livez").status, 200, "/livez")
    for path in ("/health", "/livez", "/metrics", "/api/topics"):
        equal(fetch(server, "GET", path).headers["cache-control"], "no-store", f"{path} is never cached")


@scenario()
def events_are_published_and_read(server):
    first = publish(server, "http", b"one")
    equal(list(first), ["id", "offset", "time"], "the answer's keys")
    publish(server, "http", b"\xff\x00binary")
    publish(server, "http", b"")
    events = ndjson(server, "http")
    equal(events[0], {"topic": "http", "offset": 0, "id": first["id"], "time": first["time"], "payload": "one"}, "text")
    equal((events[1].get("payload"), events[1]["payload_base64"]), (None, "/wBiaW5hcnk="), "what is no UTF-8")
    equal(events[2]["payload"], "", "nothing")
    state = topic_state(server, "http")
    segments = 0 if Settings.cluster else 1
    equal((state["first_offset"], state["next_offset"], state["segments"]), (0, 3, segments), "the topic's state")
    check(state["bytes"] > 0, f"bytes: {state}")
    check(Settings.cluster or state["recovery"] is not None, f"recovery: {state}")


@scenario()
def a_body_of_a_mebibyte_fits_and_no_more(server):
    body = bytes(range(256)) * 4096
    publish(server, "large", body)
    with Http(server) as client:
        client.send(b"POST /api/topics/large/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
        expect_error(client.response(), 413)
        client.expect_end()
    with Http(server) as client:
        client.send(b"POST /api/topics/large/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                    b"80000\r\n" + b"x" * 0x80000 + b"\r\n80001\r\n" + b"x" * 0x80001)
        expect_error(client.response(), 413)
    equal(topic_state(server, "large")["next_offset"], 1, "one event")


@scenario()
def a_chunked_body_is_joined(server):
    with Http(server) as client:
        for pieces in ([b"one chunk"], [b"a", b"b" * 300, b"c"], []):
            body = b"".join(b"%x;extension=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            client.send(b"POST /api/topics/chunks/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        body + b"0\r\nTrailer: x\r\n\r\n")
            offset = json.loads(client.response().body)["offset"]
            equal(ndjson(server, "chunks", f"?from=offset:{offset}")[0]["payload"].encode(), b"".join(pieces), "the payload")


@scenario()
def a_request_may_come_byte_by_byte(server):
    with Http(server) as client:
        for byte in b"POST /api/topics/bytes/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":
            client.send(bytes([byte]))
        equal(client.response().status, 201, "the status")


@scenario()
def continue_is_said_before_the_body(server):
    with Http(server) as client:
        client.send(b"POST /api/topics/continue/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        equal(client.response().status, 100, "the first answer")
        client.send(b"abc")
        equal(client.response().status, 201, "the second answer")
        client.send(b"POST /api/topics/continue/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n")
        equal(client.response().status, 413, "where the body would be refused, nobody is told to send it")


@scenario()
def continue_is_said_behind_another_request(server):
    with Http(server) as client:
        client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
                    b"POST /api/topics/continue/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        equal([client.response().status, client.response().status], [200, 100], "the answers so far")
        client.send(b"abc")
        equal(client.response().status, 201, "the last answer")
        client.send(b"POST /api/topics/continue/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc")
        equal(client.response().status, 201, "where the body is there already, nobody is told to send it")


@scenario()
def head_never_gets_a_body(server):
    for headers in (["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
                    ["Transfer-Encoding: gzip"], ["X : y"], ["Host: other.example"]):
        with Http(server) as client:
            client.request("HEAD", "/", headers=headers)
            check(client.head().status >= 400, f"refused: {headers}")
            client.expect_end()


@scenario()
def what_follows_a_connect_is_not_a_request(server):
    inner = b"POST /api/topics/tunnelled/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    for headers in (b"", b"Content-Length: %d\r\n" % len(inner), b"Transfer-Encoding: chunked\r\n"):
        with Http(server) as client:
            client.send(b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n" + headers + b"\r\n" + inner)
            expect_error(client.response(), 405, "GET, HEAD")
            client.expect_end()
    equal(topic_state(server, "tunnelled"), None, "nothing was published")


@scenario()
def a_body_in_a_coding_is_not_stored_as_it_is(server):
    for coding in ("gzip", "GZIP", "br", "identity, gzip", "identity\r\nContent-Encoding: gzip"):
        response = fetch(server, "POST", "/api/topics/coded/events", b"x", headers=[f"Content-Encoding: {coding}"])
        expect_error(response, 415)
        equal(response.headers.get("accept-encoding"), "identity", "what would be taken")
    equal(topic_state(server, "coded"), None, "nothing was published")
    equal(fetch(server, "POST", "/api/topics/coded/events", b"x", headers=["Content-Encoding: Identity"]).status, 201, "identity")


@scenario()
def pipelined_requests_are_answered_in_order(server):
    with Http(server) as client:
        for i in range(50):
            client.request("POST", "/api/topics/pipeline/events", b"%d" % i)
            client.request("GET", "/livez")
        for i in range(50):
            response = client.response()
            equal((response.status, json.loads(response.body)["offset"]), (201, i), "a publish")
            equal(client.response().body, b'{"status":"alive"}\n', "a look between two publishes")


@scenario()
def connections_are_kept_or_closed_as_the_client_says(server):
    for version, headers, kept in (("1.1", [], True), ("1.1", ["Connection: close"], False),
                                   ("1.1", ["Connection: x, CLOSE"], False), ("1.0", [], False)):
        for target in ("/livez", "/api/topics", "/", "/nothing", "/api/topics/lobby/events"):
            with Http(server) as client:
                response = client.ask("GET", target, headers=headers, version=version)
                equal(response.headers.get("connection"), None if kept else "close", f"Connection of {target}, {version}")
                if kept:
                    equal(client.ask("GET", "/livez").status, 200, "the next request")
                else:
                    client.expect_end()


@scenario()
def an_old_client_that_wants_to_stay_is_told_that_it_may(server):
    with Http(server) as client:
        for target, status in (("/livez", 200), ("/app.js", 200), ("/nothing", 404)):
            response = client.ask("GET", target, headers=["Connection: Keep-Alive"], version="1.0")
            equal((response.status, response.headers.get("connection")), (status, "keep-alive"), target)


@scenario()
def http_1_0_gets_no_chunks(server):
    publish(server, "old", b"x")
    with Http(server) as client:
        response = client.ask("GET", "/api/topics/old/events", version="1.0", host=False)
        equal((response.status, response.headers.get("transfer-encoding")), (200, None), "no chunks")
        equal(json.loads(response.body)["payload"], "x", "the event")


@scenario()
def other_methods_are_refused_with_allow(server):
    for path in ("/", "/health", "/livez", "/metrics", "/api/topics", "/app.js"):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            expect_error(fetch(server, method, path, b""), 405, "GET, HEAD")
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        expect_error(fetch(server, method, "/api/topics/lobby/events", b""), 405, "GET, HEAD, POST")


@scenario()
def what_is_not_there_is_404(server):
    for path in ("/nothing", "/api", "/api/topics/", "/api/topics//events", "/index.php", "/../etc/passwd",
                 "/%2e%2e/%2e%2e/etc/passwd", "/api/topics/nowhere/events", "/app.js/", "//"):
        expect_error(fetch(server, "GET", path), 404)
    equal(topic_state(server, "nowhere"), None, "reading makes no topic")
    for name in (".hidden", "a%2Fb", "a%00b", "%ff", "x" * 129, "a%20b"):
        for method in ("GET", "POST"):
            expect_error(fetch(server, method, f"/api/topics/{name}/events", b"x" if method == "POST" else None), 400)


@scenario()
def malformed_requests_get_400_and_the_end(server):
    requests = [b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
                b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", b"GET nothing HTTP/1.1\r\nHost: a\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"]
    before = metric(server, "station_broken_requests_total")
    for request in requests:
        with Http(server) as client:
            client.send(request)
            expect_error(client.response(), 400)
            client.expect_end()
    equal(metric(server, "station_broken_requests_total") - before, len(requests), "broken requests are counted")


@scenario()
def other_versions_and_encodings_are_refused(server):
    for request, status in ((b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), (b"GET / HTTP/3.7\r\nHost: a\r\n\r\n", 505),
                            (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)):
        with Http(server) as client:
            client.send(request)
            expect_error(client.response(), status)
            client.expect_end()


@scenario()
def heads_have_limits(server):
    cases = [(b"GET /" + b"a" * 8200 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
             (b"GET /" + b"a" * 1_000_000, 414),
             (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 17000 + b"\r\n\r\n", 431),
             (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000_000, 431),
             (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 101 + b"\r\n", 431),
             (b"GET / HTTP/1.1\r\n" + b"a" * 1_000_000, 431)]
    for request, status in cases:
        with Http(server) as client:
            try:
                client.send(request)
            except ConnectionError:
                pass
            expect_error(client.response(), status)
    with Http(server) as client:
        equal(client.ask("GET", "/livez?" + "a" * 8000, headers=["X: " + "a" * 15000]).status, 200, "within the limits")


@scenario()
def the_line_doors_events_are_read_over_http(server):
    with Lines(server) as client:
        client.line(EVENT + " ")
        offset = client.reply()["offset"]
    equal(ndjson(server, "events", f"?from=offset:{offset}")[0]["payload"], EVENT + " ", "byte for byte")


@scenario("--max-topics", "2")
def too_many_topics_are_429(server):
    publish(server, "second", b"x")
    response = fetch(server, "POST", "/api/topics/third/events", b"x")
    expect_error(response, 429)
    equal(response.headers.get("retry-after"), "1", "Retry-After")


if __name__ == "__main__":
    main()
