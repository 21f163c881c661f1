SLEEP_LOOK = """    entry_->state.waiters.add(waiter_);
    if (anything_new() || cancelled_.load() || ending()) {
        entry_->state.waiters.remove(waiter_);
        return true;
    }
"""
NEXT = "    if (!segment_->sealed() || at_ < segment_->end()) return false;\n"
FULL = "        if (!events_.empty() && (events_.size() >= limits.events || batch_bytes_ >= limits.bytes)) break;\n"

# What passed once.
wrong("asleep-without-a-look", requirement="wakes", why="added to the waiters without looking again",
      edits=[(SLEEP_LOOK, "    entry_->state.waiters.add(waiter_);\n")])

# And more of the kind.
wrong("looks-then-adds", requirement="wakes", why="it looks for news, and then puts itself on the list",
      edits=[(SLEEP_LOOK, """    if (anything_new() || cancelled_.load() || ending()) return true;
    entry_->state.waiters.add(waiter_);
""")])
wrong("looks-for-events-only", requirement="wakes", why="a cancel before it sleeps is not seen",
      edits=[(SLEEP_LOOK, SLEEP_LOOK.replace("anything_new() || cancelled_.load() || ending()",
              "anything_new() || ending()"))])
wrong("end-not-looked-for", requirement="wakes", why="the topic's end before it sleeps is not seen",
      edits=[(SLEEP_LOOK, SLEEP_LOOK.replace("anything_new() || cancelled_.load() || ending()",
              "anything_new() || cancelled_.load()"))])
wrong("woken-reset-too-late", requirement="wakes",
      why="`woken` is reset when it is on the list: a wake-up in between is forgotten",
      edits=[("    waiter_.woken = false;\n    entry_", "    entry_"),
             ("    std::unique_lock lock{waiter_.mutex};\n",
              "    std::unique_lock lock{waiter_.mutex};\n    waiter_.woken = false;\n")])
wrong("never-looks-whether-woken", requirement="wakes", why="it waits without a look at `woken`",
      edits=[("        waiter_.changed.wait(lock, woken);\n", "        waiter_.changed.wait(lock);\n")])
wrong("looks-every-10-ms", requirement="sleeps", why="who sleeps looks every 10 ms",
      edits=[("        waiter_.changed.wait(lock, woken);\n        return true;\n",
              "        waiter_.changed.wait_for(lock, std::chrono::milliseconds{10}, woken);\n"
              "        const bool news = waiter_.woken;\n        lock.unlock();\n"
              "        if (!news) entry_->state.waiters.remove(waiter_);\n        return true;\n")])
wrong("deadline-ignored", requirement="sleeps", why="it does not wake at its deadline",
      edits=[("    if (!deadline) {\n        waiter_", "    if (deadline || !deadline) {\n        waiter_")])
wrong("deadline-at-once", requirement="sleeps", why="with a deadline it does not sleep at all",
      edits=[("    if (waiter_.changed.wait_until(lock, *deadline, woken)) return true;\n", "")])
wrong("stays-on-the-list", requirement="wakes", why="who wakes at its deadline stays on the list",
      edits=[("    return !entry_->state.waiters.remove(waiter_);\n}\n\n}  // namespace",
              "    return false;\n}\n\n}  // namespace")])
wrong("woken-at-the-deadline-forgotten", requirement="wakes",
      why="a wake-up right at the deadline is taken for a time-out",
      edits=[("    return !entry_->state.waiters.remove(waiter_);\n}\n\n}  // namespace",
              "    entry_->state.waiters.remove(waiter_);\n    return false;\n}\n\n}  // namespace")])
wrong("end-looked-at-before-sealed", requirement="each-once",
      why="the end is looked at before `sealed`: what is written in between is passed by",
      edits=[(NEXT, """    const std::uint64_t end = segment_->end();
    if (at_ < end || !segment_->sealed()) return false;
""")])
wrong("left-before-its-end", requirement="each-once", why="a sealed segment is left before its end",
      edits=[(NEXT, "    if (!segment_->sealed()) return false;\n")])
wrong("left-when-not-sealed", requirement="each-once", why="a segment is left as soon as there is another one",
      edits=[(NEXT, "    if (at_ < segment_->end()) return false;\n")])
wrong("position-kept", requirement="each-once", why="in the next segment it goes on at the old place",
      edits=[("    at_ = kSegmentHeaderSize;\n    if (segment_->base", "    if (segment_->base")])
wrong("one-segment-a-batch", requirement="each-once", why="it never moves to the next segment",
      edits=[("    } while (next_segment());\n", "    } while (false);\n")])
wrong("missing-events-in-silence", requirement="damage",
      why="where events are missing before a segment, nothing is said",
      edits=[("""\
        meet({{at_, at_, expected_.offset, segment_->base_offset()}, true}, "events are missing before this segment");
""", "        expected_.offset = segment_->base_offset();\n")])
wrong("damage-before-its-events", requirement="damage", why="at damage the events before it are thrown away",
      edits=[("""            if (events_.empty()) return tl::unexpected(make_error_code(Errc::damaged));
            break;
        }
        const std::uint64_t end""", """            return tl::unexpected(make_error_code(Errc::damaged));
        }
        const std::uint64_t end""")])
wrong("damage-passed-by", requirement="damage", why="damage is not said",
      edits=[("""        if (gap_) {
            if (events_.empty()) return tl::unexpected(make_error_code(Errc::damaged));
            break;
        }
""", "        if (gap_) break;\n")])
wrong("error-passed-by", requirement="damage", why="an error before the first event of a batch is not said",
      edits=[("                if (events_.empty()) return tl::unexpected(error);\n                break;\n",
              "                break;\n")])
wrong("limits-ignored", requirement="limits", why="a batch goes on in the next segment, full or not",
      edits=[(FULL, "")])
wrong("bytes-ignored", requirement="limits", why="a batch that has its bytes goes on in the next segment",
      edits=[("(events_.size() >= limits.events || batch_bytes_ >= limits.bytes)", "events_.size() >= limits.events")])
