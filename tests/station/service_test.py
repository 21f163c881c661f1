#!/usr/bin/env python3
"""`station serve` as a service: options from a file, and what a service manager is told."""

import os
import socket
import tempfile

from clients import fetch
from harness import PATIENCE, Server, check, equal, main, run_station, scenario, until


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Manager:
    """The other side of $NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def told(self):
        return self.socket.recv(4096).decode()


@scenario(bare=True)
def options_come_from_a_file_and_the_command_line_wins():
    with tempfile.TemporaryDirectory() as folder:
        path = write(f"{folder}/station.conf",
                     "# a service's\nport = 1\nline-port = 1\nmax-payload = 10\nallow-host = bus.example\nlog-level = debug\n")
        with Server("--config", path, "--log-level", "info") as server:
            equal(fetch(server, "POST", "/api/topics/t/events", b"0123456789").status, 201, "as long as the file allows")
            equal(fetch(server, "POST", "/api/topics/t/events", b"0123456789a").status, 413, "one byte more")
            equal(fetch(server, "GET", "/livez", headers=["Host: bus.example"], host=False).status, 200, "a name of the file")
            server.stop()
            check(" debug " not in server.stderr(), "the level of the command line")


@scenario(bare=True)
def a_wrong_file_stops_the_start_and_is_named_with_its_line():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/station.conf"
        for text, line, words in (("prot = 1\n", 1, "prot: there is no such option"),
                                  ("\nport = 1\nport = 2\n", 3, "port: is in line 2 already"),
                                  ("port\n", 1, "expected NAME = VALUE, got port"),
                                  ("threads = 0\n", 1, "threads: "),
                                  ("durability = sometimes\n", 1, "durability: "),
                                  ("request-timeout = soon\n", 1, "request-timeout: not a duration like"),
                                  ("chat-url = https://x\n", 1, "chat-url: is of no use without chat"),
                                  ("host = \x1b[2J\n", 1, "a control character")):
            write(path, text)
            found = run_station("serve", "--data", f"{folder}/data", "--config", path)
            equal((found.returncode, found.stdout, found.stderr.count("\n")), (2, "", 1), f"of {text!r}: {found.stderr}")
            check(found.stderr.startswith(f"station: {path}:{line}: {words}"), f"of {text!r}: {found.stderr}")
        check(not os.path.exists(f"{folder}/data"), "nothing was made")
        found = run_station("serve", "--config", f"{folder}/none")
        equal((found.returncode, found.stderr),
              (2, f"station: {folder}/none: No such file or directory (see --help)\n"), "a file that is not there")


@scenario(bare=True)
def a_service_manager_is_told_of_the_beginning_and_the_end():
    with tempfile.TemporaryDirectory() as folder:
        for name, bound in ((f"{folder}/notify", f"{folder}/notify"), (f"@{folder}", f"\0{folder}")):
            with Manager(bound) as manager, Server(environment={"NOTIFY_SOCKET": name}) as server:
                equal(manager.told(), "READY=1", "at the start")
                equal(fetch(server, "GET", "/livez").status, 200, "it answers when it says so")
                server.stop()
                equal(manager.told(), "STOPPING=1", "at the end")


@scenario(bare=True)
def one_that_cannot_be_told_is_in_the_log_and_the_station_serves():
    with tempfile.TemporaryDirectory() as folder:
        with Server(environment={"NOTIFY_SOCKET": f"{folder}/nobody"}, expected=["the service manager"]) as server:
            until(lambda: "can't be told READY=1: No such file or directory" in server.stderr(), "a warning")
            equal(fetch(server, "GET", "/livez").status, 200, "it serves")
            server.stop()


if __name__ == "__main__":
    main()
