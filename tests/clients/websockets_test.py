#!/usr/bin/env python3
"""The WebSocket library of Python, python3-websockets, which knows nothing of the station."""

import asyncio
import json
import os
import sys

from real import skip

try:
    import websockets
except ImportError:
    # Debian's package is for Debian's Python, which need not be the first one on the PATH.
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) == os.path.realpath(DEBIAN) or not os.path.exists(DEBIAN):
        skip("websockets", "python3-websockets")
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

from clients import ndjson
from harness import PATIENCE, check, equal, main, scenario
from websocket import ACK, BATCH, LOBBY, MESSAGE, PUBLISH, SUBSCRIBE, frame, frames_of


def talk(server, conversation, **options):
    async def connected():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/ws", **options) as client:
            await conversation(client)
            await client.close()
            equal(client.close_code, 1000, "the code of the close handshake")

    asyncio.run(asyncio.wait_for(connected(), PATIENCE))


async def receive(client):
    """The frames of the next message."""
    return list(frames_of(await client.recv()))


async def ask(client, **request):
    await client.send(json.dumps(request))
    return json.loads(await client.recv())


@scenario()
def publishes_and_follows(server):
    async def conversation(client):
        stream = (await ask(client, type="open", topic="followed"))["stream"]
        await client.send(frame(PUBLISH, stream, 0, b"first"))
        equal((await receive(client))[0][:3], (ACK, stream, 0), "the acknowledgement")
        await client.send(frame(SUBSCRIBE, stream, 0))
        equal((await receive(client))[0], (MESSAGE, stream, 0, b"first"), "the replay")
        await client.send(frame(PUBLISH, stream, 0, b"second"))
        found = (await receive(client)) + (await receive(client))
        equal({(part.type, part.offset) for part in found}, {(ACK, 1), (MESSAGE, 1)}, "what comes live")

    talk(server, conversation)


@scenario()
def many_frames_in_a_message(server):
    async def conversation(client):
        equal(client.subprotocol, BATCH, "the subprotocol")
        stream = (await ask(client, type="open", topic="batch"))["stream"]
        await client.send(b"".join(frame(PUBLISH, stream, 0, b"%d" % number) for number in range(1000)))
        acknowledged = 0
        while acknowledged < 1000:
            acknowledged += len(await receive(client))

    talk(server, conversation, subprotocols=[BATCH])
    equal([event["payload"] for event in ndjson(server, "batch")], [str(number) for number in range(1000)], "the events")


@scenario()
def pings_fragments_and_a_large_message(server):
    payload = os.urandom(1 << 20)

    async def conversation(client):
        await (await client.ping(b"station"))  # the pong
        message = frame(PUBLISH, LOBBY, 0, payload)
        await client.send(message[at : at + 65536] for at in range(0, len(message), 65536))
        offset = (await receive(client))[0].offset
        await client.send(frame(SUBSCRIBE, LOBBY, offset))
        equal((await receive(client))[0].payload, payload, "the payload")

    talk(server, conversation, max_size=None)


@scenario("--compress")
def compresses(server):
    payload = b"much of the same " * 1000

    async def conversation(client):
        agreed = client.extensions if hasattr(client, "extensions") else client.protocol.extensions  # since 14
        equal([extension.name for extension in agreed], ["permessage-deflate"], "what was agreed")
        for offset in range(3):
            await client.send(frame(PUBLISH, LOBBY, 0, payload))
            equal((await receive(client))[0].offset, offset, "the acknowledgement")
        await client.send(frame(SUBSCRIBE, LOBBY, 0))
        for _ in range(3):
            equal((await receive(client))[0].payload, payload, "the payload")

    talk(server, conversation)


@scenario()
def is_refused_where_it_is_a_foreign_page(server):
    refusals = []

    async def conversation(_):
        check(False, "a foreign page is connected")

    try:
        talk(server, conversation, origin="http://foreign.example")
    except websockets.exceptions.InvalidHandshake as refusal:
        refusals.append(str(refusal))
    check(refusals and "403" in refusals[0], f"403: {refusals}")


if __name__ == "__main__":
    main()
