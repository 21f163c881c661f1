#!/usr/bin/env python3
"""Clients that ask a station for as much work as it may be asked for, and one that asks for little and takes the time.

    hogs.py KIND SECONDS WEB_PORT LINE_PORT

Each is a process of its own. `probe` and `livez` print their times in ms as JSON, the others how many bytes they were answered.
"""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from doors import FRAME, WebSocketClient  # noqa: E402

PROBE_EVERY = 0.01
SUBSCRIBE = 3
WRITE = 65536
TOPICS = 1000
CONTROL_TOPIC, PLAIN_TOPIC, OTHER_TOPIC = "control-characters", "plain", "others"
LIVEZ = b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LINE = b'{"user":"probe","action":"buy","amount":1}\n'


class Crowd:
    """Connections that were sent something, and are read for as long as time is left."""

    def __init__(self, address, seconds):
        self.address, self.deadline = address, time.monotonic() + seconds
        self.received = 0

    def ask(self, request, count=1):
        connections = [socket.create_connection(self.address, 60) for _ in range(count)]
        for connection in connections:
            connection.setblocking(False)
        left = dict.fromkeys(connections, request)
        while left and time.monotonic() < self.deadline:
            for connection in list(left):
                try:
                    if left[connection]:
                        left[connection] = left[connection][connection.send(left[connection]):]
                except BlockingIOError:
                    pass
                try:
                    answer = connection.recv(1 << 20)
                    self.received += len(answer)
                    if not answer:
                        left.pop(connection)
                except BlockingIOError:
                    time.sleep(0.0005)
        for connection in connections:
            connection.close()


def repeated(request):
    return request * (WRITE // len(request))


def replay_request(topic):
    return f"GET /api/topics/{topic}/events?from=beginning HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def subscribe_line(topic):
    return json.dumps({"type": "subscribe", "topic": topic, "from": "beginning"}).encode() + b"\n"


def opens(seconds):
    stamp = f"{time.monotonic_ns():x}"
    return b"".join(b'{"type":"open","topic":"%s-%d"}\n' % (stamp.encode(), i) for i in range(50 * seconds))


def web_socket_replay(web, seconds):
    deadline = time.monotonic() + seconds
    received = 0
    while time.monotonic() < deadline:
        with WebSocketClient(web) as client:
            stream = client.ask(type="open", topic=PLAIN_TOPIC)["stream"]
            client.send(2, FRAME.pack(SUBSCRIBE, stream, 0, 0))
            client.connection.settimeout(0.1)  # nothing more comes: from the beginning again
            try:
                while time.monotonic() < deadline:
                    received += len(client.message())
            except TimeoutError:
                pass
    return received


def probe(web, lines, seconds):
    """GET /livez a hundred times a second, and twenty times one publish."""
    times = {"livez": [], "publish": []}
    deadline = time.monotonic() + seconds
    with socket.create_connection(web, 60) as asking, socket.create_connection(lines, 60) as publishing:
        for connection in (asking, publishing):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        turn = 0
        while time.monotonic() < deadline:
            times["livez"].append(took(asking, LIVEZ, b"\r\n\r\n"))
            if turn % 5 == 0:
                times["publish"].append(took(publishing, LINE, b"\n"))
            turn += 1
            time.sleep(PROBE_EVERY)
    return times


def livez(web, seconds):
    times = []
    deadline = time.monotonic() + seconds
    with socket.create_connection(web, 60) as asking:
        while time.monotonic() < deadline:
            times.append(took(asking, LIVEZ, b"\r\n\r\n"))
            time.sleep(PROBE_EVERY)
    return times


def took(connection, request, last):
    began = time.monotonic()
    connection.sendall(request)
    answer = b""
    while not answer.endswith(last):
        some = connection.recv(65536)
        if not some:
            raise SystemExit("the station closed the probe's connection")
        answer += some
    return (time.monotonic() - began) * 1000


def main():
    kind, seconds = sys.argv[1], int(sys.argv[2])
    web, lines = ("127.0.0.1", int(sys.argv[3])), ("127.0.0.1", int(sys.argv[4]))
    if kind == "probe":
        print(json.dumps(probe(web, lines, seconds)))
        return
    if kind == "livez":
        print(json.dumps({"livez": livez(web, seconds)}))
        return
    os.nice(5)  # it is the station that is judged, not who gets a processor
    over_http, over_lines = Crowd(web, seconds), Crowd(lines, seconds)
    received = 0
    if kind == "web-socket-replay":
        received = web_socket_replay(web, seconds)
    elif kind == "metrics":
        over_http.ask(repeated(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"))
    elif kind == "opens":
        over_lines.ask(opens(seconds))
    elif kind == "topics":
        over_lines.ask(repeated(b'{"type":"topics"}\n'))
    elif kind == "subscribes":
        over_lines.ask(b"".join(subscribe_line(f"topic-{i % 60}") for i in range(1200)))
    elif kind == "line-replays":
        over_lines.ask(subscribe_line(PLAIN_TOPIC), 4)
    elif kind == "http-replays":
        over_http.ask(replay_request(PLAIN_TOPIC) * 20, 4)
    elif kind == "control-characters":
        over_http.ask(replay_request(CONTROL_TOPIC) * 20, 4)
    print(json.dumps({"bytes": received + over_http.received + over_lines.received}))


if __name__ == "__main__":
    main()
