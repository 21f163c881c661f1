FIND = "    const auto known = post->find(post->key());\n"
APPEND = ("    post->append(known, post->key(), [post, known, then = std::move(then)](Answer<Post::Written> answer) {\n")
EXISTS = """        if (!answer && known && answer.error().reason == kExists) {
            return then(Post::Written{.id = known->id, .sequence = known->sequence, .duplicate = true});
        }
"""
TELL = "        if (answer && !answer->duplicate) post->tell(*answer);\n"
BEHIND = """        if (answer && answer->duplicate) {
            // Who was first may have been another.
            const auto first = post->find(post->key());
            if (first && !first->own) return then(refused("client_message_id_taken"));
        }
"""
THEN = "        then(std::move(answer));\n"
NEEDS = "#include <utility>\n"

wrong("looked-for-and-no-key", requirement="once", cause="post(room, {\"ann\", \"hello\"}, kKey)",
      why="it is looked for, and nothing that is posted has a key", edits=[("post->append(known, post->key(),",
                                                                            "post->append(known, std::nullopt,")])
wrong("a-map-beside-the-ledger", requirement="at-once", cause="content_of(room)",
      why="what was posted is remembered in a map: two look before one of them has posted",
      edits=[(NEEDS, "#include <map>\n#include <mutex>\n#include <utility>\n"), (FIND, """    static std::mutex mutex;
    static std::map<Id, Post::First> remembered;
    std::optional<Post::First> known;
    {
        const std::lock_guard lock{mutex};
        if (const auto found = remembered.find(post->key()); found != remembered.end()) known = found->second;
    }
"""), ("post->append(known, post->key(),", "post->append(known, std::nullopt,"),
             (TELL, TELL + """        if (answer) {
            const std::lock_guard lock{mutex};
            remembered[post->key()] = {answer->id, answer->sequence, true};
        }
""")])
wrong("looked-for-twice", requirement="once", cause="post(room, {\"ann\", \"hello\"}, kKey)",
      why="it is looked for once more just before, and posted without a key: check, then act",
      edits=[("post->append(known, post->key(),",
              "post->append(post->find(post->key()), std::nullopt,")])
wrong("answered-before-the-rules", requirement="order", cause="is told that, and not of the message",
      why="what is there is told before anybody has asked who wants to know",
      edits=[(FIND, FIND + "    if (known && known->own) {\n"
                           "        return then(Post::Written{.id = known->id, .sequence = known->sequence,\n"
                           "                                  .duplicate = true});\n    }\n")])
wrong("answered-whoever-asks", requirement="taken", cause="and says nothing of the message",
      why="what is there is told to everybody",
      edits=[(FIND, FIND + "    if (known) {\n"
                           "        return then(Post::Written{.id = known->id, .sequence = known->sequence,\n"
                           "                                  .duplicate = true});\n    }\n")])
wrong("found-and-not-handed-on", requirement="order", cause="A message that was deleted is not posted again",
      why="the rules are not told what is there", edits=[("post->append(known, post->key(),",
                                                           "post->append(std::nullopt, post->key(),")])
wrong("only-own-ones-are-handed-on", requirement="order", cause="Only a message that is not there yet can be wrong",
      why="the rules are not told of another member's message",
      edits=[(FIND, FIND.replace("const auto", "auto") + "    if (known && !known->own) known.reset();\n")])
wrong("whose-is-not-asked-behind", requirement="taken", cause="also where it came at the same moment",
      why="who comes second is told the message of another, too", edits=[(BEHIND, "")])
wrong("whose-is-asked-by-the-first-look", requirement="taken", cause="also where it came at the same moment",
      why="whose it is, is taken from the look before", edits=[(BEHIND, """        if (answer && answer->duplicate) {
            if (known && !known->own) return then(refused("client_message_id_taken"));
        }
""")])
wrong("all-that-came-between-is-taken", requirement="at-once",
      why="who comes second is told that it is another's, also where it is his own",
      edits=[("            if (first && !first->own) return", "            if (first) return")])
wrong("a-duplicate-is-new", requirement="once", cause="post(room, {\"ann\", \"hello\"}, kKey)",
      why="what was there already is not called a duplicate", edits=[(".duplicate = true", ".duplicate = false")])
wrong("exists-is-an-error", requirement="once", cause="200 exists",
      why="that it is there is passed on as a refusal", edits=[(EXISTS, "")])
wrong("nobody-is-told", requirement="told-once", cause="told_of(room)", why="nobody is told of what is new",
      edits=[(TELL, "")])
wrong("told-of-what-was-there", requirement="told-once", cause="told_of(room)",
      why="others are told of a message that is there already",
      edits=[("            return then(Post::Written{.id", "            post->tell({known->id, known->sequence});\n"
              "            return then(Post::Written{.id")])
wrong("told-of-every-answer", requirement="told-once", cause="told_of(room)",
      why="others are told again where two came at once", edits=[("if (answer && !answer->duplicate) post", "if (answer) post")])
wrong("told-before-it-is-there", requirement="told-once", cause="told_of(room)",
      why="others are told before it is posted", edits=[(FIND, FIND + "    post->tell({});\n"), (TELL, "")])
wrong("waits-for-the-answer", requirement="later", cause="answers-come-later",
      why="the thread that asks waits until there is an answer",
      edits=[(NEEDS, "#include <future>\n#include <utility>\n"),
             (APPEND, "    std::promise<void> answered;\n" + APPEND.replace("[post,", "[&answered, post,")),
             (THEN + "    });\n", THEN + "        answered.set_value();\n    });\n    answered.get_future().wait();\n"),
             ("            return then(Post::Written", "            answered.set_value();\n"
              "            return then(Post::Written"),
             ("            if (first && !first->own) return then(",
              "            if (first && !first->own) return answered.set_value(), then(")])
wrong("what-is-gone-is-used", requirement="later", cause="answers-come-later",
      why="the answer needs what has gone with the call",
      edits=[("[post, known, then = std::move(then)](", "[&](")])
wrong("busy-is-not-answered", requirement="refused", cause="told nobody, and may come again",
      why="where it could not be stored, nobody is answered",
      edits=[(THEN, "        if (!answer && answer.error().status() == 503) return;\n" + THEN)])
wrong("not-stored-and-said-to-be", requirement="refused", cause="told nobody, and may come again",
      why="what could not be stored is said to be there",
      edits=[(THEN, "        if (!answer && answer.error().status() == 503) return then(Post::Written{});\n" + THEN)])
wrong("told-although-it-was-refused", requirement="refused", cause="told nobody, and may come again",
      why="others are told of what could not be stored",
      edits=[(TELL, "        if (!answer && answer.error().status() == 503) post->tell({});\n" + TELL)])
