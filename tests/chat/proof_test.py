#!/usr/bin/env python3
"""Proofs, checked by a reader that shares no code with the server: Python's own BLAKE3, MessagePack and RFC 9162.

    tests/chat/proof_test.py --station build/bin/station
"""
import base64
import sys
import uuid
from pathlib import Path

from chat_harness import chat_scenario, check, equal, run

sys.path.append(str(Path(__file__).resolve().parent.parent / "ledger"))

from merkle import blake3  # noqa: E402
from read_event import hashed, read_event  # noqa: E402

NOWHERE = str(uuid.uuid4())


def node(left, right):
    return blake3(b"\1" + left + right)


def root_of(leaf, index, size, path):
    """RFC 9162, 2.1.3.2."""
    check(index < size, "the index is one of the tree's")
    last = size - 1
    for sibling in path:
        check(last > 0, "the path is no longer than the tree is high")
        if index & 1 or index == last:
            leaf = node(sibling, leaf)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, sibling)
        index, last = index >> 1, last >> 1
    equal(last, 0, "the path goes up to the root")
    return leaf


def is_extension(old_size, old_root, size, root, path):
    """RFC 9162, 2.1.4.2."""
    if old_size in (0, size):
        return path == [] and (old_size == 0 or old_root == root)
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    path = list(path)
    old = new = old_root if old_size & (old_size - 1) == 0 else path.pop(0)
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node(sibling, old), node(sibling, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, sibling)
        index, last = index >> 1, last >> 1
    return (old, new, last) == (old_root, root, 0)


def checked(proof, since=None):
    """What the event says, once the proof has been found right; `since`: the head that was kept."""
    equal(set(proof), {"head", "index", "path", "extension", "event"}, "a proof's members")
    head = proof["head"]
    event = read_event(base64.b64decode(proof["event"], validate=True))
    equal(blake3(event["payload_bytes"]), event["header"]["content_hash"], "the hash of what was said")
    equal(blake3(hashed(event)), event["event_hash"], "the hash of the event")
    path = [bytes.fromhex(one) for one in proof["path"]]
    root = root_of(blake3(b"\0" + event["event_hash"]), proof["index"], head["size"], path)
    equal(root.hex(), head["root"], "the root that the path leads to")
    extension = [bytes.fromhex(one) for one in proof["extension"]]
    if since is None:
        equal(extension, [], "nothing was kept, and nothing goes on from it")
    else:
        equal(head["origin"], since["origin"], "the ledger is the same one")
        check(is_extension(since["size"], bytes.fromhex(since["root"]), head["size"], root, extension),
              "the history goes on from the head that was kept")
    return {"id": str(uuid.UUID(bytes=event["header"]["event_id"])), "entity": event["entity"],
            **dict(event["payload"].pairs)}


@chat_scenario()
def a_message_is_proved(chat):
    ann = chat.member()
    room = ann.room()
    messages = [ann.say(room, f"text {number}") for number in range(20)]
    head = None
    for message in messages:
        proof = ann.get(f"/proof/{message['id']}" + (f"?since={head['size']}" if head else ""))
        said = checked(proof, head)
        equal((said["id"], said["entity"], said["content"], said["by"], said["client_message_id"]),
              (message["id"], f"room:{room}", message["content"], ann.id, message["client_message_id"]), "what is proved")
        equal(proof["index"], message["sequence"], "its place")
        head = proof["head"]
        ann.say(room, "and the history goes on")
    checked(ann.get(f"/proof/{messages[0]['id']}?since=0"))
    try:
        checked({**proof, "index": proof["index"] + 1}, None)
        check(False, "a wrong index was found right")
    except Exception as failure:  # pylint: disable=broad-except
        check("found right" not in str(failure), str(failure))


@chat_scenario()
def an_edit_is_what_is_proved(chat):
    ann = chat.member()
    room = ann.room()
    message = ann.say(room, "first")
    ann.patch(f"/messages/{message['id']}", {"content": "second"})
    ann.patch(f"/messages/{message['id']}", {"content": "third"})
    said = checked(ann.get(f"/proof/{message['id']}"))
    equal((said["message"], said["content"], said["entity"]), (message["id"], "third", f"room:{room}"), "the last edit")


@chat_scenario()
def who_gets_a_proof(chat):
    ann, bob = chat.member(), chat.member()
    message = ann.say(ann.room(), "ours")["id"]
    bob.refused("GET", f"/proof/{message}", None, 404, "not_found")
    for nothing in (NOWHERE, "no-uuid"):
        ann.refused("GET", f"/proof/{nothing}", None, 404, "not_found")
    for query, status in (("since=x", 400), ("since=-1", 400), ("from=1", 400), ("since=999999999", 422)):
        equal(ann.ask("GET", f"/proof/{message}?{query}").status, status, query)
    ann.delete(f"/messages/{message}")
    ann.refused("GET", f"/proof/{message}", None, 404, "not_found")


if __name__ == "__main__":
    run()
