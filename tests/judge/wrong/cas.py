READ = """        const auto unchanged = entity.read();
        if (!unchanged) return tl::unexpected(unchanged.error());
"""
BEHIND = """        // Behind the read: where that has seen what an earlier try did, a decision about it would be wrong.
"""
FIND = """        const auto earlier = entity.find(options.key);
        if (!earlier) return tl::unexpected(earlier.error());
        if (*earlier) return **earlier;
"""
DECIDE = ("        if (auto denial = entity.decide()) "
          "return tl::expected<Updated, Denial>{tl::unexpect, std::move(*denial)};\n")
LOOP = "    for (std::size_t tried = 1;; ++tried) {\n"
APPEND = "        const auto appended = entity.append({.expect = *unchanged, .idempotency_key = options.key});\n"
AGAIN = """        const bool came_between = what == Errc::sequence_mismatch || what == Errc::key_reused;
"""
WHAT = "        const std::error_code what = appended.error().code;\n"
END = "        if (!came_between || tried >= options.tries) return tl::unexpected(appended.error());\n"

wrong("nothing-is-expected", requirement="no-update-is-lost", cause="the last one says 70",
      why="it is appended, whatever has happened since the read",
      edits=[(APPEND, "        const auto appended = entity.append({.idempotency_key = options.key});\n")])
wrong("something-is-there", requirement="no-update-is-lost", cause="the last one says 70",
      why="it is expected that there is some event",
      edits=[(".expect = *unchanged", ".expect = Expect::exists()")])
wrong("checked-by-reading-again", requirement="no-update-is-lost", cause="the last one says 70",
      why="the account is read again and compared, and then it is appended: check, then act",
      edits=[(APPEND, """        const auto now = entity.read();
        if (!now) return tl::unexpected(now.error());
        if (now->sequence() != unchanged->sequence()) continue;
        const auto appended = entity.append({.idempotency_key = options.key});
""")])
wrong("mismatch-taken-over", requirement="no-update-is-lost", cause="the last one says 70",
      why="after a mismatch the old decision is appended behind the event that the mismatch names",
      edits=[(LOOP, "    std::optional<std::uint64_t> actual;\n" + LOOP),
             (READ, "        const auto unchanged =\n"
                    "            actual ? Result<Expect>{Expect::exactly(*actual)} : entity.read();\n"
                    "        if (!unchanged) return tl::unexpected(unchanged.error());\n"),
             (END, END + "        if (appended.error().mismatch) actual = appended.error().mismatch->actual;\n")])
wrong("appended-anyway", requirement="no-update-is-lost", cause="the last one says 70",
      why="what did not fit is appended without an expectation",
      edits=[(END, """        if (what == Errc::sequence_mismatch) {
            const auto anyway = entity.append({.idempotency_key = options.key});
            if (anyway) return *anyway;
        }
""" + END)])
wrong("decided-once", requirement="no-update-is-lost", cause="the last one says 70",
      why="it is read anew, and the old decision is appended",
      edits=[(LOOP, "    bool is_decided = false;\n" + LOOP),
             (DECIDE, "        if (!is_decided) {\n    " + DECIDE + "        }\n        is_decided = true;\n")])
wrong("never-again", requirement="no-update-is-lost", cause="update(disturbed",
      why="a mismatch is passed on", edits=[(END, "        return tl::unexpected(appended.error());\n"), (AGAIN, ""),
                                            (WHAT, "")])
wrong("once-more-and-no-more", requirement="anew", cause="update(pushed",
      why="after a mismatch one more try is made",
      edits=[(LOOP, "    const std::size_t most = options.tries < 2 ? options.tries : 2;\n" + LOOP),
             ("tried >= options.tries", "tried >= most")])
wrong("refusal-swallowed", requirement="refusal", cause="update(too_much", why="what is refused is appended",
      edits=[(DECIDE, "        static_cast<void>(entity.decide());\n")])
wrong("refusal-tried-again", requirement="refusal", cause="it decides again and again",
      why="what is refused is asked for again and again", edits=[(DECIDE, "        if (entity.decide()) continue;\n")])
wrong("a-new-key-each-try", requirement="once", cause="update(again",
      why="each try has a key of its own",
      edits=[(LOOP, "    static std::uint64_t serial = 0;\n" + LOOP),
             (READ, READ + "        std::array<std::byte, EventId::kSize> bytes{};\n"
                           "        bytes[0] = static_cast<std::byte>(++serial);\n"
                           "        const EventId key{bytes};\n"),
             ("entity.find(options.key)", "entity.find(key)"),
             (".idempotency_key = options.key", ".idempotency_key = key"),
             ("#include <station/ledger/store/update.hpp>\n",
              "#include <array>\n#include <station/ledger/store/update.hpp>\n")])
wrong("key-with-the-try-in-it", requirement="once", cause="key == kOrder",
      why="a try that is not the first one has another key",
      edits=[(READ, READ + "        std::array<std::byte, EventId::kSize> bytes = options.key.bytes();\n"
                           "        bytes[0] ^= static_cast<std::byte>(tried - 1);\n"
                           "        const EventId key{bytes};\n"),
             (".idempotency_key = options.key", ".idempotency_key = key"),
             ("#include <station/ledger/store/update.hpp>\n",
              "#include <array>\n#include <station/ledger/store/update.hpp>\n")])
wrong("no-key-at-all", requirement="once", cause="update(again", why="orders have no key",
      edits=[(FIND, ""), (".expect = *unchanged, .idempotency_key = options.key", ".expect = *unchanged")])
wrong("key-looked-for-and-not-given", requirement="once", cause="update(again",
      why="the key is looked for, and no event has one",
      edits=[(".expect = *unchanged, .idempotency_key = options.key", ".expect = *unchanged")])
wrong("key-not-looked-for", requirement="told", cause="update(late",
      why="the key is given and not looked for: what has happened is refused", edits=[(FIND, "")])
wrong("key-looked-for-once", requirement="told", cause="update(then",
      why="the key is looked for before the first try only",
      edits=[(LOOP, FIND.replace("        ", "    ") + LOOP), (FIND, "")])
wrong("key-looked-for-before-the-read", requirement="told", cause="a teller is told no, and the order is booked",
      why="between the look for the key and the read another teller does the same order",
      edits=[(READ, FIND + READ), (BEHIND + FIND, "")])
wrong("decided-before-the-key", requirement="told", cause="update(late",
      why="the decision is asked before the key", edits=[(FIND, ""), (DECIDE, DECIDE + FIND)])
wrong("all-errors-are-tried-again", requirement="errors", cause="troubled.appends",
      why="any error of an append is a try", edits=[("!came_between || tried", "tried"), (AGAIN, ""),
                                                    (WHAT, "")])
wrong("key-under-way-is-an-error", requirement="errors", cause="update(elsewhere",
      why="a key that is under way elsewhere ends it",
      edits=[(" || what == Errc::key_reused", "")])
wrong("find-not-believed", requirement="errors", cause="update(settled",
      why="an error of find() is no event", edits=[("        if (!earlier) return tl::unexpected(earlier.error());\n"
                                                    "        if (*earlier) return",
                                                    "        if (earlier && *earlier) return")])
wrong("read-not-believed", requirement="errors", cause="update(troubled",
      why="where the account can't be read, nothing is expected",
      edits=[(READ, "        const auto unchanged = entity.read();\n"), (".expect = *unchanged",
                                                                        ".expect = unchanged.value_or(Expect::any())")])
wrong("for-ever", requirement="end", cause="it appends again and again", why="there is no last try",
      edits=[("!came_between || tried >= options.tries", "!came_between")])
wrong("one-try-too-many", requirement="end", cause="told(answer)", why="one more try is made than may be",
      edits=[("tried >= options.tries", "tried > options.tries")])
wrong("one-try-too-few", requirement="end", cause="told(answer)", why="the last try is not made",
      edits=[("tried >= options.tries", "tried + 1 >= options.tries")])
