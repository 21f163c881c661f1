// The exercise `cursor`, the piece alone: what a cursor reads, where a batch ends, and who sleeps.
#include <loadgen/piece/beside.hpp>
#include <loadgen/piece/log_in_memory.hpp>
#include <loadgen/piece/piece.hpp>
#include <string>

using namespace station;
using piece::Beside;
using piece::LogInMemory;
using station::log::Cursor;

namespace {

// "0 1 2", or what the poll said instead.
std::string polled(Cursor::Impl& cursor, const Cursor::Limits& limits = {}) {
    const auto batch = cursor.poll(limits);
    if (!batch) return batch.error().message();
    std::string offsets;
    for (const auto& event : *batch) offsets += (offsets.empty() ? "" : " ") + std::to_string(event.offset);
    return offsets.empty() ? "nothing" : offsets;
}

// Polls until nothing new is there.
std::string all_polled(Cursor::Impl& cursor, const Cursor::Limits& limits = {}) {
    std::string all;
    for (std::string now = polled(cursor, limits); now != "nothing"; now = polled(cursor, limits)) {
        all += (all.empty() ? "" : " ") + now;
        if (all.size() > 4000) break;
    }
    return all;
}

std::string numbers(int first, int last) {
    std::string all;
    for (int i = first; i <= last; ++i) all += (all.empty() ? "" : " ") + std::to_string(i);
    return all;
}

std::string said(log::Errc error) { return make_error_code(error).message(); }

void append(LogInMemory& log, int events) {
    for (int i = 0; i < events; ++i) log.append();
}

const auto kLongAgo = std::chrono::steady_clock::time_point{};

// A thread that sleeps on a cursor that has read all there is.
class Sleeper {
  public:
    explicit Sleeper(Cursor::Impl& cursor) : call_([this, &cursor] { has_news_ = cursor.sleep_until(std::nullopt); }) {}
    void must_sleep() const {
        if (!call_.waits()) piece::fail("sleep_until() with nothing new", "it sleeps", "it returned");
        if (!call_.sleeps()) piece::fail("sleep_until() with nothing new", "it sleeps", "it looks again and again");
    }
    void must_wake(const std::string& by) const {
        const std::string call = "sleep_until(), woken by " + by;
        if (!call_.returns()) piece::fail(call, "it returns", "it sleeps on");
        if (!has_news_) piece::fail(call, "true", "false");
    }

  private:
    bool has_news_ = false;
    Beside call_;
};

}  // namespace

PIECE_CASE("every-event-once", "Every event comes once, in order, over any number of segments") {
    LogInMemory log;
    append(log, 3);
    log.rotate();
    append(log, 1);
    log.rotate();
    append(log, 4);
    const auto cursor = log.cursor();
    EXPECT(all_polled(*cursor), numbers(0, 7));
    EXPECT(polled(*cursor), "nothing");
}

PIECE_CASE("it-follows", "What comes while it follows is read too, in the segment where it is and in the next ones") {
    LogInMemory log;
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "nothing");
    log.append();
    EXPECT(polled(*cursor), "0");
    log.rotate();
    EXPECT(polled(*cursor), "nothing");
    log.append();
    EXPECT(polled(*cursor), "1");
    log.append();
    log.rotate();
    log.append();
    EXPECT(all_polled(*cursor), "2 3");
    log.rotate();
    log.rotate();  // an empty one in between
    log.append();
    EXPECT(all_polled(*cursor), "4");
}

PIECE_CASE("a-batch-ends-at-its-events",
           "A batch has no more events than its limit says, and nothing is lost between two") {
    LogInMemory log;
    append(log, 5);
    log.rotate();
    append(log, 5);
    for (const std::size_t limit : {1, 2, 3, 5, 7, 10, 11}) {
        const auto cursor = log.cursor();
        const Cursor::Limits limits{.events = limit};
        const auto batch = cursor->poll(limits);
        const std::string call = "poll({.events = " + std::to_string(limit) + "})";
        piece::calling(call);
        if (!batch || batch->empty()) piece::fail(call, "events", "none");
        if (batch->size() > limit) {
            piece::fail(call, "at most " + std::to_string(limit) + " events",
                        std::to_string(batch->size()) + " events");
        }
        std::string all = numbers(0, static_cast<int>(batch->size()) - 1);
        const std::string more = all_polled(*cursor, limits);
        if (!more.empty()) all += " " + more;
        piece::expect_equal(call + ", again and again", all, numbers(0, 9));
    }
}

PIECE_CASE("a-batch-ends-at-its-bytes", "A batch ends once it has the bytes of its limit; one event is always given") {
    LogInMemory log;
    for (int i = 0; i < 3; ++i) log.append(100);
    log.rotate();
    for (int i = 0; i < 3; ++i) log.append(100);
    const std::size_t record = log::record_size(100, 0);
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor, {.bytes = 1}), "0");
    EXPECT(polled(*cursor, {.bytes = 0}), "1");
    EXPECT(polled(*cursor, {.bytes = record}), "2");
    EXPECT(polled(*cursor, {.bytes = record + 1}), "3 4");
    EXPECT(polled(*cursor, {.bytes = 100 * record}), "5");
}

PIECE_CASE("first-what-comes-before-damage",
           "A batch ends before damage, and the damage is told when all before it was given") {
    LogInMemory log;
    append(log, 3);
    log.damage_last();
    append(log, 2);
    log.rotate();
    append(log, 1);
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "0 1");
    EXPECT(polled(*cursor), said(log::Errc::damaged));
    EXPECT(polled(*cursor), said(log::Errc::damaged));
    EXPECT(cursor->damage().first_offset, std::uint64_t{2});
    EXPECT(cursor->damage().next_offset, std::uint64_t{3});
    cursor->skip_damage();
    EXPECT(all_polled(*cursor), "3 4 5");
}

PIECE_CASE("a-segment-that-does-not-continue", "Events that are missing between two segments are damage") {
    LogInMemory log;
    append(log, 2);
    log.lose_next();
    log.rotate();
    append(log, 2);
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "0 1");
    EXPECT(polled(*cursor), said(log::Errc::damaged));
    EXPECT(cursor->damage().first_offset, std::uint64_t{2});
    EXPECT(cursor->damage().next_offset, std::uint64_t{3});
    cursor->skip_damage();
    EXPECT(polled(*cursor), "3 4");
}

PIECE_CASE("the-topics-end", "Where the topic has ended, all that is there is given first") {
    LogInMemory log;
    append(log, 2);
    log.rotate();
    append(log, 1);
    const auto cursor = log.cursor();
    log.close();
    EXPECT(all_polled(*cursor, {.events = 1}).substr(0, 5), "0 1 2");
    EXPECT(polled(*cursor), said(log::Errc::closed));
}

PIECE_CASE("a-cancel", "A cancel is said once") {
    LogInMemory log;
    append(log, 1);
    const auto cursor = log.cursor();
    cursor->cancel();
    EXPECT(polled(*cursor), said(log::Errc::cancelled));
    EXPECT(polled(*cursor), "0");
}

PIECE_CASE("no-sleep-with-news", "Who has something to read does not go to sleep") {
    LogInMemory log;
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "nothing");
    log.append();
    EXPECT(cursor->sleep_until(std::nullopt), true);
    EXPECT(polled(*cursor), "0");
    log.rotate();
    log.append();
    EXPECT(cursor->sleep_until(std::nullopt), true);
    EXPECT(polled(*cursor), "1");
    cursor->cancel();
    EXPECT(cursor->sleep_until(std::nullopt), true);
    EXPECT(polled(*cursor), said(log::Errc::cancelled));
    log.close();
    EXPECT(cursor->sleep_until(std::nullopt), true);
}

PIECE_CASE("until-the-deadline",
           "Where nothing comes, sleep_until() is false at its deadline, and may be called again") {
    LogInMemory log;
    append(log, 1);
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "0");
    EXPECT(cursor->sleep_until(kLongAgo), false);
    EXPECT(cursor->sleep_until(kLongAgo), false);
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
    EXPECT(cursor->sleep_until(soon), false);
    if (std::chrono::steady_clock::now() < soon)
        piece::fail("sleep_until(20 ms)", "it sleeps so long", "it came back earlier");
    log.append();
    EXPECT(cursor->sleep_until(kLongAgo), true);
    EXPECT(polled(*cursor), "1");
}

PIECE_CASE("it-sleeps-and-is-woken",
           "Who has nothing to read sleeps, and is woken by an event, a cancel, the topic's end") {
    LogInMemory log;
    append(log, 1);
    const auto cursor = log.cursor();
    EXPECT(polled(*cursor), "0");
    {
        const Sleeper sleeper{*cursor};
        sleeper.must_sleep();
        log.append();
        sleeper.must_wake("an event");
    }
    EXPECT(polled(*cursor), "1");
    {
        const Sleeper sleeper{*cursor};
        sleeper.must_sleep();
        cursor->cancel();
        sleeper.must_wake("cancel()");
    }
    EXPECT(polled(*cursor), said(log::Errc::cancelled));
    const Sleeper sleeper{*cursor};
    sleeper.must_sleep();
    log.close();
    sleeper.must_wake("the topic's end");
}
