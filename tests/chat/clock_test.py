#!/usr/bin/env python3
"""What goes by the clock: how long a session lives and a code is good, and that a stranger learns nothing from how long
an answer takes. The server's wall clock is moved by a library in front of the C library's.

    tests/chat/clock_test.py --station build/bin/station     (beside it: moved_clock.so)
"""
import statistics
import struct
import tempfile
import time
from pathlib import Path

from chat_harness import PASSWORD, Chat, Member, Settings, check, equal, main, scenario
from chat_live import Live

HOUR = 3600


class Clock:
    """A chat whose wall clock can be moved."""

    def __enter__(self):
        self._file = tempfile.NamedTemporaryFile(prefix="station-clock-")
        self._ahead = 0
        self._write()
        library = Path(Settings.station).resolve().parent / "moved_clock.so"
        self.chat = Chat("--chat-rate", "none", environment={"LD_PRELOAD": str(library), "MOVED_CLOCK": self._file.name})
        self.chat.__enter__()
        return self

    def __exit__(self, *wrong):
        if wrong[0] is None:
            self.chat.stop()
        self.chat.__exit__(*wrong)
        self._file.close()

    def _write(self):
        self._file.seek(0)
        self._file.write(struct.pack("=q", self._ahead * 10**9))
        self._file.flush()

    def forward(self, seconds):
        self._ahead += seconds
        self._write()


def seen_as(member, status):
    answer = member.ask("GET", "/me")
    equal(answer.status, status, f"whether {member.login} is signed in: {answer}")
    return answer.headers.get_all("Set-Cookie", [])


@scenario(bare=True)
def a_session_lives_for_a_day_from_its_last_use():
    with Clock() as clock:
        member = clock.chat.member()
        equal(seen_as(member, 200), [], "a cookie that is new is not sent again")
        clock.forward(HOUR - 60)
        equal(seen_as(member, 200), [], "it is written hourly at most")
        clock.forward(120)
        cookies = seen_as(member, 200)
        member.say(clock.chat.all_talk(), "behind it in the ledger")
        check(len(cookies) == 1 and "Max-Age=86400" in cookies[0], f"used after an hour, it lives on: {cookies}")
        clock.forward(24 * HOUR - 60)
        check(seen_as(member, 200), "a day less a minute after it was last written")
        clock.forward(24 * HOUR + 60)
        equal(seen_as(member, 401), [], "a day and a minute after")


@scenario(bare=True)
def a_session_that_ends_by_itself_ends_its_connections():
    with Clock() as clock:
        ada, member = clock.chat.first(), clock.chat.member()
        with Live(member) as live, Live(ada) as other:
            clock.forward(23 * HOUR)
            seen_as(ada, 200)
            live.until_pong()
            clock.forward(HOUR + 60)
            equal(live.close_code(), 4001, "why it was closed")
            other.until_pong()


@scenario(bare=True)
def a_code_is_good_for_four_hours():
    with Clock() as clock:
        ada, member = clock.chat.first(), clock.chat.member()
        for wait, status in ((4 * HOUR - 60, 201), (4 * HOUR + 60, 401)):
            code = ada.post(f"/users/{member.id}/sign-in-link")["code"]
            clock.forward(wait)
            answer = Member(clock.chat).ask("POST", "/session", {"code": code, "password": PASSWORD})
            equal(answer.status, status, f"a code {wait} seconds old: {answer}")
            answer = Member(clock.chat).ask("POST", "/session", {"login": "ada", "password": PASSWORD})
            ada.cookie = answer.headers["Set-Cookie"].partition(";")[0]


@scenario(bare=True)
def whether_a_login_is_known_cannot_be_told_by_the_time():
    with Clock() as clock:
        member = clock.chat.member()

        def refusal(login):
            begun = time.perf_counter()
            Member(clock.chat).refused("POST", "/session", {"login": login, "password": "a guess"}, 401, "wrong_login")
            return time.perf_counter() - begun

        known, unknown = [], []
        for _ in range(9):
            known.append(refusal(member.login))
            unknown.append(refusal("nobody-" + member.login))
        # A hash takes about a hundred times as long as all else: whoever left it out would be far below a half.
        check(statistics.median(unknown) > statistics.median(known) / 2,
              f"medians: known {statistics.median(known):.4f} s, unknown {statistics.median(unknown):.4f} s")


if __name__ == "__main__":
    main()
