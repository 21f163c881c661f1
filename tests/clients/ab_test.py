#!/usr/bin/env python3
"""ab, Apache's load generator: HTTP/1.0, with and without its keep-alive."""

import os
import re
import tempfile

from real import program, run
from clients import topic_state
from harness import check, equal, main, scenario

AB = program("ab", "apache2-utils")
REQUESTS = 2000
CONNECTIONS = 16


def report(*options):
    """{"Complete requests": 100, ...}: the numbers of its report."""
    output, _ = run(AB, "-q", "-n", str(REQUESTS), "-c", str(CONNECTIONS), *options)
    found = dict(re.findall(r"^([A-Z][A-Za-z0-9 -]+): +(\d+)", output.decode(), re.MULTILINE))
    equal((found.get("Complete requests"), found.get("Failed requests")), (str(REQUESTS), "0"), "requests done, failed")
    check("Non-2xx responses" not in found, f"all are answered with success: {output.decode()}")
    return found


@scenario()
def reads_on_new_connections(server):
    report(f"http://127.0.0.1:{server.port}/livez")


@scenario()
def reads_on_connections_that_stay(server):
    found = report("-k", f"http://127.0.0.1:{server.port}/livez")
    equal(found["Keep-Alive requests"], str(REQUESTS), "requests on connections that stayed")


@scenario()
def publishes(server):
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        body = os.path.join(folder, "body")
        with open(body, "wb") as file:
            file.write(b'{"user":"alice","action":"buy","amount":1}')
        # -l: the length of a receipt depends on the offset.
        found = report("-k", "-l", "-p", body, "-T", "application/json",
                       f"http://127.0.0.1:{server.port}/api/topics/ab/events")
    equal(found["Keep-Alive requests"], str(REQUESTS), "requests on connections that stayed")
    equal(topic_state(server, "ab")["next_offset"], REQUESTS, "events that were stored")


if __name__ == "__main__":
    main()
