#!/usr/bin/env python3
"""`station mirror`: what is copied is what was there, by a reader that owes nothing to Station.

    tests/mirror/mirror_test.py --station build/bin/station [SCENARIO…]
"""
import sys

from copying import TOPIC, Mirror, Shared, check, count, equal, held, publish, run, serving, station, stored, succeed, until

CLUSTER = Shared()


def to(folder, topic=TOPIC):
    return ["mirror", "--dir", folder, "--topic", topic, "--to", CLUSTER.urls, "--nats-prefix", CLUSTER.prefix]


def stream(topic=TOPIC):
    return f"{CLUSTER.prefix}-{topic.replace('.', '=')}"


def verify(folder, topic=TOPIC):
    return station(*to(folder, topic), "--verify")


def all_kinds(folder):
    """Events of every kind there is."""
    publish(folder, ["plain", "", "gr\u00fc\u00df dich"])
    publish(folder, ["with headers"], "--header", "a b=c: d", "--header", "\u00e4=%41\u2603", "--header", "x=")
    binary = folder / "binary"
    binary.write_bytes(bytes(range(256)) * 10)
    succeed("publish", "--dir", folder, "--topic", TOPIC, "--file", binary)
    publish(folder, [f"event {i}" for i in range(3000)])


def what_is_copied_is_what_was_there(folder, _):
    all_kinds(folder)
    check("3005 events copied" in succeed(*to(folder), "--once"), "it says how many")
    equal(held(folder), stored(CLUSTER, stream()), "the stream's events")
    said = verify(folder)
    check(said.returncode == 0 and said.stdout.endswith(b"equal\n"), f"verified: {said}")
    equal("0 events copied\n", succeed(*to(folder), "--once"), "a second time")


def it_follows_until_it_is_interrupted(folder, _):
    publish(folder, ["one", "two"])
    with Mirror(*to(folder)[1:]) as mirror:
        until(lambda: count(CLUSTER, stream()) == 2, "the first two are copied")
        publish(folder, ["three"])
        until(lambda: count(CLUSTER, stream()) == 3, "the third one follows")
        status, out, err = mirror.interrupt()
    equal((0, ""), (status, err), "its end")
    equal("caught up at offset 2; following\n3 events copied\n", out, "what it says")
    equal(held(folder), stored(CLUSTER, stream()), "the stream's events")


def a_server_is_mirrored_as_its_folder_is(folder, _):
    all_kinds(folder)
    with serving(folder) as server:
        arguments = ["mirror", "--server", server, "--topic", TOPIC, "--to", CLUSTER.urls, "--nats-prefix",
                     CLUSTER.prefix]
        succeed(*arguments, "--once")
        equal(b"equal\n", station(*arguments, "--verify").stdout[-6:], "verified through the server")
        with Mirror(*arguments[1:]) as mirror:
            succeed("publish", "--server", server, "--topic", TOPIC, "live")
            until(lambda: count(CLUSTER, stream()) == 3006, "what is published follows")
            equal(0, mirror.interrupt()[0], "its status")
    equal(held(folder), stored(CLUSTER, stream()), "the stream's events")


def it_comes_home_as_it_went(folder, _):
    all_kinds(folder)
    succeed(*to(folder), "--once")
    home = folder / "home"
    back = ["mirror", "--from", CLUSTER.urls, "--nats-prefix", CLUSTER.prefix, "--topic", TOPIC, "--dir", home]
    succeed(*back, "--once")
    equal(held(folder), held(home), "offsets, ids, times, headers and payloads")
    equal(b"equal\n", station(*back, "--verify").stdout[-6:], "verified")
    publish(folder, ["later"])
    succeed(*to(folder), "--once")
    equal("1 events copied\n", succeed(*back, "--once"), "it goes on where it was")
    equal(held(folder), held(home), "after it went on")


def a_difference_is_found(folder, _):
    publish(folder, [f"event {i}" for i in range(100)])
    succeed(*to(folder), "--once")
    with CLUSTER.client() as client:
        client.request(f"{CLUSTER.prefix}.{TOPIC.replace('.', '=')}", b"foreign")
    said = verify(folder)
    check(said.returncode == 1 and b"the copy differs" in said.stderr, f"one event more: {said}")


def what_lags_is_a_difference(folder, _):
    publish(folder, [f"event {i}" for i in range(100)])
    succeed(*to(folder), "--once")
    publish(folder, ["one more"])
    said = verify(folder)
    check(said.returncode == 1 and b"the copy differs" in said.stderr, f"one event less: {said}")


def another_topic_is_no_copy(folder, _):
    publish(folder / "a", ["one", "two"])
    publish(folder / "b", ["one", "two", "three"])
    succeed(*to(folder / "a"), "--once")
    said = station(*to(folder / "b"), "--once")
    check(said.returncode == 1 and b"it is no copy of this" in said.stderr, f"refused: {said}")
    equal(2, count(CLUSTER, stream()), "nothing was added")


def a_topic_that_begins_later_keeps_its_offsets(folder, _):
    publish(folder, [f"{i} " + "x" * 1000 for i in range(200)], "--segment-bytes", "20000")
    succeed("topic", TOPIC, "--dir", folder, "--retain-bytes", "60000")
    first = held(folder)[0][0]
    check(first > 0, "events have gone by retention")
    succeed(*to(folder), "--once")
    equal(held(folder), stored(CLUSTER, stream(), base=first), "the stream's events")
    with CLUSTER.client() as client:
        equal(f"base={first}", client.api(f"STREAM.INFO.{stream()}")["config"]["description"], "the base")
    equal(0, verify(folder).returncode, "verified")
    publish(folder, ["more"])
    equal("1 events copied\n", succeed(*to(folder), "--once"), "it goes on")
    home = folder / "home"
    back = ["mirror", "--from", CLUSTER.urls, "--nats-prefix", CLUSTER.prefix, "--topic", TOPIC, "--dir", home]
    said = station(*back, "--once")
    check(said.returncode == 0 and b"less than the stream's" in said.stderr, f"offsets begin anew: {said}")
    equal([event[1:] for event in held(folder)], [event[1:] for event in held(home)], "all else")
    equal(0, station(*back, "--verify").returncode, "verified at home")


def another_stream_of_its_name_is_refused(folder, _):
    publish(folder, ["one"])
    with CLUSTER.client() as client:
        client.api(f"STREAM.CREATE.{stream()}", {"name": stream(), "subjects": ["elsewhere"], "storage": "memory"})
    said = station(*to(folder), "--once")
    check(said.returncode == 1 and b'storage is "memory", not "file"' in said.stderr, f"refused: {said}")


def two_mirrors_do_no_harm(folder, _):
    publish(folder, ["one"])
    with Mirror(*to(folder)[1:]) as first:
        until(lambda: count(CLUSTER, stream()) == 1, "the first one copies")
        with Mirror(*to(folder)[1:]) as second:
            until(lambda: b"following" in second.process.stdout.readline(), "the second one is there")
            publish(folder, [f"event {i}" for i in range(1000)])
            until(lambda: count(CLUSTER, stream()) >= 1001, "all is copied")
            publish(folder, ["and more"])
            until(lambda: count(CLUSTER, stream()) >= 1002, "and what comes")
            equal(0, second.interrupt()[0], "the second one's status")
        equal(0, first.interrupt()[0], "the first one's status")
    equal(held(folder), stored(CLUSTER, stream()), "each event once, in order")


def who_else_publishes_ends_it(folder, _):
    publish(folder, ["one"])
    with Mirror(*to(folder)[1:]) as mirror:
        until(lambda: count(CLUSTER, stream()) == 1, "it copies")
        with CLUSTER.client() as client:
            client.request(f"{CLUSTER.prefix}.{TOPIC.replace('.', '=')}", b"foreign")
        publish(folder, ["two"])
        status, _out, err = mirror.end()
    check(status == 1 and "another program writes to it" in err, f"its end: {status} {err}")
    equal(2, count(CLUSTER, stream()), "nothing was added")
    said = station(*to(folder), "--once")
    check(said.returncode == 1 and b"it is no copy of this" in said.stderr, f"nor afterwards: {said}")


def a_ledger_goes_out_and_comes_home_as_a_topic(folder, _):
    for i in range(5):
        succeed("ledger", "append", "--dir", folder, "--ledger", TOPIC, "--entity", "a", "--scope", "b", "--kind", "1:1",
                str(i))
    succeed(*to(folder), "--once")
    equal(0, verify(folder).returncode, "verified")
    back = ["mirror", "--from", CLUSTER.urls, "--nats-prefix", CLUSTER.prefix, "--topic", TOPIC]
    succeed(*back, "--dir", folder / "home", "--once")
    equal([event[1:] for event in held(folder)], [event[1:] for event in held(folder / "home")], "what came home")
    said = station(*back, "--dir", folder, "--once")
    check(said.returncode == 1 and b"ledger" in said.stderr, f"a ledger takes nothing: {said}")


def what_is_wrong_is_said(folder, _):
    for arguments, status, words in [
            (["mirror", "--topic", "t"], 2, b"one of --to and --from"),
            (["mirror", "--topic", "t", "--to", "http://x"], 2, b"expected nats:// or tls://"),
            (["mirror", "--topic", "", "--to", CLUSTER.urls], 2, b"--topic"),
            (["mirror", "--topic", "t", "--to", CLUSTER.urls, "--from", CLUSTER.urls], 2, b"--from"),
            (["mirror", "--dir", folder / "none", "--topic", "t", "--to", CLUSTER.urls], 1, b"no bus in this folder"),
            (["mirror", "--topic", "t", "--to", "nats://127.0.0.1:1", "--dir", folder], 1, b"127.0.0.1:1"),
            (["mirror", "--from", CLUSTER.urls, "--topic", "not-there", "--dir", folder], 1, b"no such stream"),
    ]:
        said = station(*arguments)
        check(said.returncode == status and words in said.stderr, f"{arguments}: {said}")


SCENARIOS = [what_is_copied_is_what_was_there, it_follows_until_it_is_interrupted,
             a_server_is_mirrored_as_its_folder_is, it_comes_home_as_it_went, a_difference_is_found,
             what_lags_is_a_difference, another_topic_is_no_copy, a_topic_that_begins_later_keeps_its_offsets,
             another_stream_of_its_name_is_refused, two_mirrors_do_no_harm, who_else_publishes_ends_it,
             a_ledger_goes_out_and_comes_home_as_a_topic, what_is_wrong_is_said]

if __name__ == "__main__":
    sys.exit(CLUSTER.around(lambda: run(SCENARIOS, CLUSTER.begin)))
