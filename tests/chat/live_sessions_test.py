"""A live connection is its member's session: what ends the one ends the other; and who is here by these connections."""
import threading

from chat_harness import PASSWORD, chat_scenario, check, equal, run, until
from chat_live import SIGNED_OUT, Live


def again(chat, member, password=PASSWORD):
    """The same member, signed in at another place."""
    other = chat.anybody()
    other.me = other.post("/session", {"login": member.login, "password": password})
    return other


def stays(live):
    equal([text["type"] for text in live.until_pong() if text["type"] != "presence"], [], "what is told to who stays")


@chat_scenario()
def req_gap_004_signing_out_closes_this_session_s_connections_at_once(chat):
    member = chat.member()
    elsewhere = again(chat, member)
    with Live(member) as one, Live(member) as two, Live(elsewhere) as other:
        member.delete("/session")
        for live in (one, two):
            equal(live.close_code(), SIGNED_OUT, "the close code")
        stays(other)
        with Live(member) as refused:
            equal(refused.status, 401, "who comes again")


@chat_scenario()
def req_gap_004_signing_out_everywhere_closes_all(chat):
    member = chat.member()
    elsewhere = again(chat, member)
    with Live(member) as one, Live(elsewhere) as two, Live(chat.member()) as stranger:
        member.delete("/sessions")
        for live in (one, two):
            equal(live.close_code(), SIGNED_OUT, "the close code")
        stays(stranger)


@chat_scenario()
def req_gap_004_a_new_password_closes_all_others(chat):
    member = chat.member()
    elsewhere = again(chat, member)
    with Live(member) as here, Live(elsewhere) as other:
        member.patch("/me", {"password": "another horse", "old_password": PASSWORD})
        equal(other.close_code(), SIGNED_OUT, "the close code elsewhere")
        stays(here)


@chat_scenario()
def req_gap_004_a_sign_in_code_with_a_password_closes_all_others(chat):
    member = chat.member()
    with Live(member) as live:
        code = chat.first().ask("POST", f"/users/{member.id}/sign-in-link", {}).json["code"]
        back = chat.anybody()
        back.post("/session", {"code": code, "password": "a new horse"})
        equal(live.close_code(), SIGNED_OUT, "the close code")


@chat_scenario()
def req_gap_004_who_is_deactivated_is_out_at_once(chat):
    member = chat.member()
    with Live(member) as live:
        chat.first().patch(f"/users/{member.id}", {"active": False})
        equal(live.close_code(), SIGNED_OUT, "the close code")


@chat_scenario()
def who_leaves_politely_is_answered(chat):
    with Live(chat.member()) as live:
        live.leave()


def told_of(live, member):
    """What is told next of whether somebody is here."""
    while True:
        for user in live.wait("presence")["users"]:
            if user["id"] == member.id:
                return user["online"]


def online(chat, member):
    return next(user["online"] for user in chat.first().get("/users") if user["id"] == member.id)


@chat_scenario()
def req_gap_005_two_tabs_are_one_member_until_both_are_closed(chat):
    member, other, watcher = chat.member(), chat.member(), chat.member()
    with Live(watcher) as live:
        equal(online(chat, member), False, "before")
        one = Live(member)
        equal(told_of(live, member), True, "the first tab")
        two = Live(member)
        one.close()
        with Live(other):
            while not any(user["id"] == other.id for user in (news := live.wait("presence"))["users"]):
                check(all(user["id"] != member.id for user in news["users"]), f"told of the second tab: {news}")
            equal(online(chat, member), True, "with one tab left")
        two.close()
        equal(told_of(live, member), False, "both are closed")
        until(lambda: not online(chat, member), "offline over HTTP as well")


@chat_scenario()
def req_gap_005_who_comes_learns_who_is_here(chat):
    member = chat.member()
    with Live(member), Live(chat.member()) as live:
        check({"id": member.id, "online": True} in live.presence["users"], "who was here already")


@chat_scenario("--ping-interval", "500ms")
def req_gap_005_a_peer_that_answers_no_ping_is_gone(chat):
    member = chat.member()
    with Live(chat.first()) as live:
        dead = Live(member)
        dead.answer_pings = False
        equal(told_of(live, member), True, "it came")
        # Who watches answers pings while it waits.
        equal(told_of(live, member), False, "it has gone")
        dead.close()


@chat_scenario(own=True)
def req_gap_003_members_live_and_over_http_get_one_order(chat):
    """One writer: whatever way messages come in, everybody is told them in the order of their sequences."""
    room = chat.all_talk()
    people = [chat.member() for _ in range(4)]
    each = 40
    with Live(chat.first()) as watcher:
        watcher.follow(room)

        def over_http(member):
            for number in range(each):
                member.say(room, f"http {number}")

        def over_websocket(member):
            with Live(member) as live:
                for number in range(each):
                    live.post(room, f"live {number}", f"{member.id[:8]}-{number}")

        problems = []

        def guarded(what, member):
            try:
                what(member)
            except Exception as problem:  # pylint: disable=broad-except
                problems.append(problem)

        threads = [threading.Thread(target=guarded, args=(what, member))
                   for what, member in zip((over_http, over_http, over_websocket, over_websocket), people)]
        for thread in threads:
            thread.start()
        told = [watcher.wait("message")["message"] for _ in range(each * len(people))]
        for thread in threads:
            thread.join()
        equal(problems, [], "problems")
        sequences = [message["sequence"] for message in told]
        equal(sequences, sorted(set(sequences)), "sequences, as they were told")
        page = chat.first().get(f"/rooms/{room}/messages?limit=100")
        equal([message["id"] for message in told][-100:], [message["id"] for message in page], "what HTTP says")


if __name__ == "__main__":
    run()
