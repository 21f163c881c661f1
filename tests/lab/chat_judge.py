"""What a chat's members were told against what its interface says afterwards: the judge of every scenario of the chat.

It looks at data only, so that each run can first show it data that is wrong.
"""
import copy


def judge(people, shown):
    """What is wrong. people: chat_people.Person; shown: by a login and a room, the messages that it was shown."""
    wrong = []
    for room in {room for _, room in shown}:
        views = [(login, messages) for (login, where), messages in shown.items() if where == room]
        login, messages = views[0]
        wrong += [f"{login} and {other} are shown other messages of one room" for other, seen in views[1:]
                  if seen != messages]
        wrong += judge_room(people, room, messages)
    for person in people:
        for room in person.rooms:
            wrong += judge_told(person, room, shown[person.login, room])
    return wrong


def judge_room(people, room, messages):
    """Each message once and in order, as it was asked for; and all that was acknowledged."""
    wrong = []
    sequences = [message["sequence"] for message in messages]
    if sequences != sorted(set(sequences)):
        wrong.append("a room's messages are not in order")
    names = [(message["creator"]["id"], message["client_message_id"]) for message in messages]
    doubled = len(names) - len(set(names)) + len(messages) - len({message["id"] for message in messages})
    if doubled:
        wrong.append(f"{doubled} messages are there twice")
    there = {message["id"]: message for message in messages}
    by_name = dict(zip(names, messages))
    expected = 0
    for person in people:
        for saying in person.sayings.values():
            if saying.room != room:
                continue
            found = there.get(saying.id) if saying.id else by_name.get((person.member.id, saying.name))
            expected += found is not None
            wrong += judge_saying(saying, found)
    if expected != len(messages) and not doubled:
        wrong.append(f"{len(messages) - expected} messages are there that nobody has written")
    return wrong


def judge_saying(saying, found):
    if found is None:
        lost = saying.acked is not None and not saying.asked_to_go
        return [f"lost: {saying.name} was acknowledged with sequence {saying.sequence}"] if lost else []
    if saying.gone is not None:
        return [f"{saying.name} was deleted, and is there"]
    if found["content"] not in saying.contents():
        return [f"{saying.name} is {found['content'][:40]!r}, and not {saying.contents()[0][:40]!r}"]
    if saying.acked is not None and found["sequence"] != saying.sequence:
        return [f"{saying.name} was sequence {saying.sequence} and is {found['sequence']}"]
    return []


def judge_told(person, room, messages):
    """Told each once and in order, and nothing that is not there, unless it was deleted since."""
    wrong = []
    told = person.knowledge.told[room]
    sequences = [sequence for sequence, _ in told]
    if sequences != sorted(set(sequences)):
        wrong.append(f"{person.login} was told messages out of order, or twice")
    there = {message["id"]: message["sequence"] for message in messages}
    for sequence, message in told:
        # Who still has it was not told that it was deleted; that it may be all the same is seen at the end.
        if message in there and there[message] != sequence:
            wrong.append(f"{person.login} was told sequence {sequence} of what is {there[message]}")
    return wrong


def judge_end(people, shown):
    """After all were told everything: what each knows of a room is what it is shown of it."""
    wrong = []
    for person in people:
        for room in person.rooms:
            messages = shown[person.login, room]
            knows = list(person.knowledge.now[room].items())
            there = [(message["id"], message["content"]) for message in messages]
            if knows == there:
                continue
            missing = {message for message, _ in there} - {message for message, _ in knows}
            more = {message for message, _ in knows} - {message for message, _ in there}
            wrong.append(f"{person.login} was never told {len(missing)} of {len(there)} messages, was told {len(more)} "
                         f"that are not there, and knows {sum(one not in there for one in knows) - len(more)} others "
                         "as they are not")
    return wrong


def _changed(shown, person, room, change):
    """The same for everybody who is in the room."""
    other = dict(shown)
    for login, where in shown:
        if where == room:
            other[login, where] = change(copy.deepcopy(shown[login, where]))
    return other


def prove_that_it_judges(people, shown):
    """Of what was found, made wrong in one way after the other. How many of them it saw: all, or it proves nothing."""
    author, saying = next((person, saying) for person in people for saying in person.sayings.values()
                          if saying.acked and not saying.asked_to_go)
    room = saying.room
    place = next(place for place, message in enumerate(shown[author.login, room]) if message["id"] == saying.id)
    away = _changed(shown, author, room, lambda messages: messages[:place] + messages[place + 1:])
    twice = _changed(shown, author, room, lambda messages: [*messages, messages[place]])
    again = _changed(shown, author, room, lambda messages: [
        *messages, {**messages[place], "id": "another", "sequence": messages[-1]["sequence"] + 1}])
    other = _changed(shown, author, room, lambda messages: [
        {**message, "content": "another"} if message["id"] == saying.id else message for message in messages])
    one_sided = {**shown, (author.login, room): shown[author.login, room][:-1]}
    wrong = [away, twice, again, other, one_sided]
    caught = sum(bool(judge(people, seen)) for seen in wrong) + bool(judge_end(people, away))
    told = author.knowledge.told[room]
    for change in (lambda: told.append(told[-1]), lambda: told.reverse()):
        before = list(told)
        change()
        caught += len(told) < 2 or bool(judge(people, shown))
        told[:] = before
    return caught, len(wrong) + 3
