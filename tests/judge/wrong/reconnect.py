NEWEST = "    newest_ = std::max(newest_, sequence + 1);\n"
AT_IT = "    if (!is_live_ || sequence < position_) return false;\n"
NO_ROOM = """    if (!may_keep) {
        is_live_ = false;
        return false;
    }
"""
MOVED = "    position_ = sequence + 1;\n"
READ = "    position_ = std::max(position_, position);\n"
LIVE = "    is_live_ = newest_ <= position_;\n"
NEEDS = "#include <algorithm>\n"
FROM = "        auto messages = past.from(*sequence, kMostMissed + 1);\n"
CHANGED = """        auto changed = past.changed_from(*sequence);
        if (!changed) return tl::unexpected(changed.error());
        missed.changed = std::move(*changed);
"""
BEGIN = "    return missed_from(past, *sequence ? std::optional{**sequence + 1} : std::nullopt);\n"

wrong("told-while-it-is-read", requirement="no-double", cause="cursor.take(7, true)",
      why="listen, then read: what comes meanwhile is told, and read as well",
      edits=[("!is_live_ || sequence < position_", "sequence < position_")])
wrong("live-when-it-is-read", requirement="no-gap", cause="cursor.is_live()",
      why="read, then listen: what came meanwhile is forgotten", edits=[(LIVE, "    is_live_ = true;\n")])
wrong("forgotten-while-it-is-read", requirement="no-gap", cause="cursor.is_live()",
      why="what comes by while one reads leaves no trace", edits=[(NEWEST + AT_IT, AT_IT + NEWEST)])
wrong("newest-is-one-short", requirement="no-gap", cause="cursor.is_live()",
      why="the last one that came by is taken for read", edits=[("newest_, sequence + 1", "newest_, sequence")])
wrong("reading-for-ever", requirement="no-gap", cause="cursor.wants_read()",
      why="nobody says that the reading is over", edits=[("    is_reading_ = false;\n", "")])
wrong("stands-still", requirement="no-gap", cause="cursor.position()",
      why="what is told does not move the position", edits=[(MOVED, "")])
wrong("strictly-behind", requirement="no-gap", cause="cursor.take(5, true)",
      why="what lies at the position is not told", edits=[("sequence < position_", "sequence <= position_")])
wrong("old-news-are-told", requirement="no-double", cause="cursor.take(8, true)",
      why="what was read is told when it comes by", edits=[("!is_live_ || sequence < position_", "!is_live_")])
wrong("told-ones-are-remembered", requirement="no-double", cause="cursor.take(8, true)",
      why="what was told is remembered, and what was read is not",
      edits=[(NEEDS, "#include <algorithm>\n#include <map>\n#include <set>\n"),
             (AT_IT, "    static std::map<const Follow*, std::set<std::uint64_t>> told;\n"
                     "    if (!is_live_ || !told[this].insert(sequence).second) return false;\n")])
wrong("kept-while-it-is-read", requirement="bounded", cause="nothing of it is kept",
      why="what comes while one reads is kept, however much it is",
      edits=[(NEEDS, "#include <algorithm>\n#include <map>\n#include <vector>\n"),
             (AT_IT, "    static std::map<const Follow*, std::vector<std::uint64_t>> kept;\n"
                     "    if (!is_live_) kept[this].push_back(sequence);\n" + AT_IT)])
wrong("room-is-not-asked", requirement="slow", cause="cursor.take(6, false)",
      why="it is told whether or not there is room for it", edits=[(NO_ROOM, "    static_cast<void>(may_keep);\n")])
wrong("left-out-and-live", requirement="slow", cause="it is read from where one stood",
      why="what there was no room for is left out", edits=[("        is_live_ = false;\n        return false;\n",
                                                             "        return false;\n")])
wrong("moved-over-what-is-left-out", requirement="slow", cause="it is read from where one stood",
      why="the position moves over what there was no room for", edits=[(NO_ROOM + MOVED, MOVED + NO_ROOM)])
wrong("the-named-one-again", requirement="after", cause="gets what came after it, and no more",
      why="the message that was seen is told again", edits=[("**sequence + 1", "**sequence")])
wrong("all-for-who-names-nothing", requirement="nothing-named", cause="or as many as there are",
      why="who names nothing gets all there is",
      edits=[("past.last(kLastOnes)", "past.from(0, kMostMissed + 1)")])
wrong("the-first-fifty", requirement="nothing-named", cause="or as many as there are",
      why="who names nothing gets the first fifty", edits=[("past.last(kLastOnes)", "past.from(0, kLastOnes)")])
wrong("incomplete-for-who-names-nothing", requirement="nothing-named", cause="or as many as there are",
      why="who names nothing is told that something is left out",
      edits=[("    auto last =", "    missed.complete = false;\n    auto last =")])
wrong("elsewhere-is-the-beginning", requirement="nothing-named", cause="or what is no message, names nothing",
      why="a message of another room is the beginning of this one",
      edits=[("std::optional{**sequence + 1} : std::nullopt", "**sequence + 1 : 0")])
wrong("elsewhere-is-no-room", requirement="nothing-named", cause="or what is no message, names nothing",
      why="who names a message of another room gets nothing",
      edits=[(BEGIN, "    if (!*sequence) return MissedRows{};\n" + BEGIN)])
wrong("a-thousand-is-too-much", requirement="too-much", cause="and that some are left out",
      why="a thousand are one too many", edits=[("messages->size() <= kMostMissed", "messages->size() < kMostMissed")])
wrong("one-more-is-not-seen", requirement="too-much", cause="and that some are left out",
      why="that there are more than a thousand can't be seen",
      edits=[("past.from(*sequence, kMostMissed + 1)", "past.from(*sequence, kMostMissed)")])
wrong("all-are-read", requirement="too-much", cause="and that some are left out",
      why="all that there is is read, to count it", edits=[("past.from(*sequence, kMostMissed + 1)",
                                                           "past.from(*sequence, 1'000'000)")])
wrong("the-oldest-thousand", requirement="too-much", cause="and that some are left out",
      why="of too many the oldest are told", edits=[("        if (missed.complete) missed.messages",
                                                      "        missed.messages"),
                                                     ("    if (sequence && missed.complete) return", "    if (sequence) return")])
wrong("always-complete", requirement="too-much", cause="and that some are left out",
      why="nobody is told that something is left out",
      edits=[("    missed.messages = std::move(*last);\n", "    missed.complete = true;\n"
              "    missed.messages = std::move(*last);\n")])
wrong("changes-are-forgotten", requirement="changed", cause="changed:", why="nobody asks what was changed",
      edits=[(CHANGED, "")])
wrong("no-changes-where-too-much", requirement="changed", cause="changed:",
      why="where too much was missed, nobody asks what was changed",
      edits=[("past.changed_from(*sequence)",
              "missed.complete ? past.changed_from(*sequence) : Past::Found<std::vector<Row>>{}")])
wrong("all-changes", requirement="changed", cause="changed:",
      why="changes of all messages are told, also of those that are told anyway",
      edits=[("past.changed_from(*sequence)", "past.changed_from(*sequence == 0 ? 0 : *sequence - 1)")])
wrong("not-read-is-not-there", requirement="errors", cause="and no empty room",
      why="a message that can't be looked for is none",
      edits=[("    if (!sequence) return tl::unexpected(sequence.error());\n",
              "    if (!sequence) return missed_from(past, std::nullopt);\n")])
wrong("nothing-came", requirement="errors", cause="and no empty room", why="what can't be read is nothing",
      edits=[("if (!messages) return tl::unexpected(messages.error());", "if (!messages) return missed;")])
wrong("nothing-changed", requirement="errors", cause="and no empty room", why="changes that can't be read are none",
      edits=[("if (!changed) return tl::unexpected(changed.error());", "if (!changed) return missed;")])
wrong("no-last-ones", requirement="errors", cause="and no empty room", why="where the last ones can't be read, there are none",
      edits=[("if (!last) return tl::unexpected(last.error());", "if (!last) return missed;")])
