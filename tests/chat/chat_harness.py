"""What the black-box tests of the chat share: a server on a free port, members with their cookies, and a runner.

A test file is a list of functions marked with @chat_scenario, each called with a running Chat. Those that name no options
share one server, and bring people of their own.
"""
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "station"))

from harness import PATIENCE, Failure, Server, Settings, check, equal, main, scenario, until  # noqa: E402, F401
from chat_member import NUMBERS, PASSWORD, SETUP, Member  # noqa: E402


class Chat(Server):
    def __init__(self, *options, **more):
        super().__init__("--chat", *options, expected=[r"^station chat: ", *more.pop("expected", ())], **more)
        self.administrator = None

    def setup_code(self):
        """It comes behind the line that says where the server listens."""
        return until(lambda: SETUP.search(self.stderr()), "a line for the first account")[1]

    def anybody(self):
        return Member(self)

    def first(self):
        """The first administrator."""
        if self.administrator is None:
            ada = Member(self)
            ada.me = ada.post("/setup", {"code": self.setup_code(), "name": "Ada", "login": "ada", "password": PASSWORD})
            self.administrator = ada
        return self.administrator

    def member(self, name=None, **fields):
        code = self.first().get("/me")["join_code"]
        name = name or f"Member {next(NUMBERS)}"
        member = Member(self)
        member.me = member.post(f"/join/{code}", {"name": name, "login": name.lower().replace(" ", "-"),
                                                  "password": PASSWORD, **fields})
        return member

    def all_talk(self):
        """The room that is there from the beginning."""
        return next(room["id"] for room in self.first().get("/rooms") if room["name"] == "All talk")


SHARED = []


def shared():
    if not SHARED or SHARED[-1].process.poll() is not None:
        SHARED.append(Chat("--chat-rate", "none"))
    return SHARED[-1]


def chat_scenario(*options, own=False):
    def mark(function):
        def run():
            if not own and not options:
                return function(shared())
            with Chat(*options) as chat:
                function(chat)
                if chat.process.poll() is None:
                    chat.stop()
            return None

        run.__name__ = function.__name__
        scenario(bare=True)(run)
        return function

    return mark


def run():
    """All scenarios; the shared server's end is looked at, too."""
    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    for chat in SHARED:
        try:
            if chat.process.poll() is None:
                chat.stop()
        except Failure as failure:
            print(f"FAIL  the shared server's end: {failure}", flush=True)
            status = 1
        chat.__exit__()
    sys.exit(status)
