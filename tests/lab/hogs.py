#!/usr/bin/env python3
"""Clients that ask a station for as much work as it may be asked for.

    hogs.py KIND SECONDS WEB_PORT LINE_PORT

Each is a process of its own, and prints as JSON how many bytes it was answered.
"""
import json
import os
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from doors import WebSocketClient  # noqa: E402

WRITE = 65536
TOPICS = 1000
CONTROL_TOPIC, PLAIN_TOPIC = "control-characters", "plain"


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
            client.subscribe(stream)
            client.connection.settimeout(0.1)  # nothing more comes: from the beginning again
            try:
                while time.monotonic() < deadline:
                    received += len(client.receive()[1])
            except TimeoutError:
                pass
    return received


def main():
    kind, seconds = sys.argv[1], int(sys.argv[2])
    web, lines = ("127.0.0.1", int(sys.argv[3])), ("127.0.0.1", int(sys.argv[4]))
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
