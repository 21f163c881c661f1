#!/usr/bin/env python3
"""Clients that do a station no good, in a process of their own: `slow` starts one for each kind.

    slow_clients.py KIND COUNT WEB_PORT LINE_PORT

Prints "ready" when all are there, and goes on until its standard input ends.
"""
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from doors import WebSocketClient  # noqa: E402
from web_socket import BINARY, PLAIN, PUBLISH, frame  # noqa: E402

TCP_REPAIR = 19


def ended(seconds=0.0):
    readable, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(readable)


def ready():
    print("ready", flush=True)


def idle(count, web, _lines):
    """WebSockets that say nothing."""
    clients = [WebSocketClient(web) for _ in range(count)]
    ready()
    ended(3600)
    return clients


def dribble(count, _web, lines):
    """A byte of a line every second, each at its own moment; who is sent home for it comes again."""
    def connect():
        client = socket.create_connection(lines)
        client.setblocking(False)
        return client

    clients = [connect() for _ in range(count)]
    ready()
    turn = 0
    while not ended(1.0 / max(1, count)):
        at = turn % count
        turn += 1
        try:
            clients[at].send(b"x")
        except OSError:
            clients[at].close()
            clients[at] = connect()


def stopped(count, web, _lines):
    """Subscribers that never read what they subscribed to."""
    clients = []
    for _ in range(count):
        client = WebSocketClient(web)
        client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.ask(type="subscribe", topic="flood", **{"from": "beginning"})
        clients.append(client)
    ready()
    ended(3600)


def flood(count, web, _lines):
    """A publisher that sends ten times what it waits for: it reads its answers, but never waits for them."""
    with WebSocketClient(web) as client:
        stream = client.ask(type="open", topic="flood")["stream"]
        message = frame(PUBLISH, stream, 0, bytes(1024)) * 10
        ready()
        sent = 0
        while not ended(0.0) and sent < count:
            client.send_message(BINARY, message, PLAIN)
            sent += 10
            while select.select([client.connection], [], [], 0)[0]:
                client.connection.recv(1 << 20)
            time.sleep(0.001)
        ended(3600)


def vanish(count, web, _lines):
    """Subscribers whose machine is gone without a word: TCP_REPAIR closes a socket without telling the other side."""
    clients = [WebSocketClient(web) for _ in range(count)]
    for client in clients:
        client.ask(type="subscribe", topic="quiet", **{"from": "beginning"})
    try:
        for client in clients:
            client.connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except OSError:
        print("no", flush=True)
        return
    for client in clients:
        client.__exit__()
    ready()
    ended(3600)


if __name__ == "__main__":
    KINDS = {"idle": idle, "dribble": dribble, "stopped": stopped, "flood": flood, "vanish": vanish}
    KINDS[sys.argv[1]](int(sys.argv[2]), ("127.0.0.1", int(sys.argv[3])), ("127.0.0.1", int(sys.argv[4])))
