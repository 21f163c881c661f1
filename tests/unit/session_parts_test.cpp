// The parts of a session, each by itself: no socket, no thread, and no time but what the test says.
#include <deque>
#include <string>
#include <vector>

#include "catch.hpp"
#include "engine/memory_account.hpp"
#include "server/session/reply_queue.hpp"
#include "server/session/transport.hpp"
#include "server/session/watchdog.hpp"

namespace station::final_station {
namespace {

using namespace std::chrono_literals;

Reply done(std::string bytes) {
    Reply reply;
    reply.bytes = std::move(bytes);
    reply.done = true;
    return reply;
}

std::string release(ReplyQueue& replies, std::size_t most = 1000) {
    std::string out;
    replies.release(out, most, [] { return true; });
    return out;
}

TEST_CASE("answers go out in the order of the requests, whenever each is known") {
    ReplyQueue replies;
    Reply publish;
    publish.count = 3;
    publish.bytes_under_way = 30;
    Reply& waiting = replies.add(std::move(publish));
    replies.add(done("b"));
    CHECK(release(replies).empty());
    CHECK(replies.in_flight() == 3);
    CHECK(replies.in_flight_bytes() == 30);
    std::string straight;
    CHECK(&replies.room(waiting, straight) == &straight);
    replies.room(waiting, straight) += "a";
    replies.finish(waiting);
    CHECK(straight + release(replies) == "ab");
    CHECK(replies.empty());
    CHECK(replies.in_flight() == 0);
    CHECK(replies.kept() == 0);
}

TEST_CASE("an answer that is not the next one waits with what it has to say, and that is counted") {
    ReplyQueue replies;
    Reply& first = replies.add({});
    Reply& second = replies.add({});
    const std::size_t before = replies.kept();
    std::string out;
    replies.room(second, out) += std::string(1000, 'x');
    replies.finish(second);
    CHECK(out.empty());
    CHECK(replies.kept() >= before + 900);
    replies.finish(first);
    CHECK(release(replies, 1).empty() == false);
}

TEST_CASE("no more answers are released than there is room and time for") {
    ReplyQueue replies;
    for (int i = 0; i < 5; ++i) replies.add(done("1234"));
    std::string out;
    replies.release(out, 8, [] { return true; });
    CHECK(out == "12341234");
    out.clear();
    int turns = 1;
    replies.release(out, 1000, [&] { return turns-- > 0; });
    CHECK(out == "1234");
    CHECK(replies.size() == 2);
}

TEST_CASE("a long answer is written when it is its turn, and events wait for the answer that announces them") {
    ReplyQueue replies;
    Reply& first = replies.add({});
    Reply late;
    late.done = true;
    late.holds_events = true;
    bool written = false;
    late.write_late = [&](std::string& out) {
        written = true;
        out += "late";
    };
    replies.add(std::move(late));
    CHECK(replies.holds_events());
    CHECK(release(replies).empty());
    CHECK_FALSE(written);
    replies.finish(first);
    CHECK(release(replies) == "late");
    CHECK_FALSE(replies.holds_events());
}

class Watched {
  public:
    explicit Watched(const Watchdog::Rules& rules) : dog_(rules, now_) { seen.last_read = seen.last_sent = now_; }

    // A look each second, until one is not fine; how many seconds that took.
    std::pair<Watchdog::Verdict, int> wait(int seconds) {
        for (int i = 1; i <= seconds; ++i) {
            now_ += 1s;
            const auto verdict = dog_.look(seen, now_);
            if (verdict != Watchdog::Verdict::fine) return {verdict, i};
        }
        return {Watchdog::Verdict::fine, seconds};
    }
    Watchdog::Verdict stand_still(std::chrono::seconds time) {
        now_ += time;
        return dog_.look(seen, now_);
    }
    void read(std::uint64_t bytes) {
        if (!seen.inside_message) dog_.message_begins(now_);
        seen.bytes += bytes;
        seen.last_read = now_;
    }
    void sent() { seen.last_sent = now_; }

    Watchdog::Seen seen;

  private:
    Watchdog::Clock::time_point now_{1000s};
    Watchdog dog_;
};

using Verdict = Watchdog::Verdict;

TEST_CASE("a client that takes nothing is too slow, and one that takes a little now and then is not") {
    Watched client{{.slow_reader = 10s}};
    client.seen.blocked = true;
    for (int i = 0; i < 10; ++i) {
        CHECK(client.wait(9).first == Verdict::fine);
        client.sent();
    }
    CHECK(client.wait(60) == std::pair{Verdict::slow_reader, 11});
}

TEST_CASE("a message may take as long as it goes on, and no longer") {
    Watched client{{.request_timeout = 8s, .slowest_upload = 100}};
    client.read(1);
    client.seen.inside_message = true;
    for (int i = 0; i < 5; ++i) {
        CHECK(client.wait(7).first == Verdict::fine);
        client.read(1000);
    }
    CHECK(client.wait(60).first == Verdict::slow_upload);
}

TEST_CASE("a message that is not read is not slow, and has its whole time when it is read again") {
    Watched client{{.request_timeout = 8s}};
    client.read(1);
    client.seen.inside_message = true;
    client.seen.reading = false;
    CHECK(client.wait(1000).first == Verdict::fine);
    client.seen.reading = true;
    CHECK(client.wait(60) == std::pair{Verdict::slow_upload, 8});
}

TEST_CASE("a silent client is asked whether it lives, and is gone where it does not answer") {
    Watched client{{.ping = 20s}};
    CHECK(client.wait(100) == std::pair{Verdict::ping, 20});
    CHECK(client.wait(100) == std::pair{Verdict::dead, 20});
    Watched answers{{.ping = 20s}};
    for (int i = 0; i < 5; ++i) {
        CHECK(answers.wait(100) == std::pair{Verdict::ping, 20});
        answers.read(6);
    }
}

TEST_CASE("silence does not count while the client can't be heard") {
    Watched busy{{.ping = 20s}};
    busy.seen.reading = false;
    CHECK(busy.wait(1000).first == Verdict::fine);
    busy.seen.reading = true;
    CHECK(busy.wait(100) == std::pair{Verdict::ping, 20});

    Watched stopped{{.slow_reader = 10s, .ping = 20s}};
    CHECK(stopped.wait(100) == std::pair{Verdict::ping, 20});
    CHECK(stopped.stand_still(45s) == Verdict::fine);  // its answer may be here, and not read yet
    CHECK(stopped.wait(100) == std::pair{Verdict::ping, 20});
    CHECK(stopped.wait(100) == std::pair{Verdict::dead, 20});
}

TEST_CASE("a stranger and an idle client are let go") {
    Watched stranger{{.login = 8s}};
    stranger.seen.stranger = true;
    CHECK(stranger.wait(60) == std::pair{Verdict::stranger, 9});
    Watched idle{{.idle = 30s}};
    CHECK(idle.wait(60) == std::pair{Verdict::idle, 31});
}

TEST_CASE("who keeps much waits while all together keep too much, and who keeps little does not") {
    MemoryAccount account{1 << 20};
    MemoryAccount::Share large{account};
    large.set(2 << 20);
    CHECK(account.full());
    CHECK(large.must_wait());
    {
        MemoryAccount::Share small{account};
        small.set(1000);
        CHECK_FALSE(small.must_wait());
        CHECK(account.kept() == (2 << 20) + 1000);
    }
    large.set(100);
    CHECK(account.kept() == 100);
    CHECK_FALSE(account.full());
}

// What a socket would do, as the test says. Its completions come when the test lets the io_context run.
struct FakeStream {
    static constexpr int shutdown_send = 1;
    static constexpr int wait_write = 2;
    struct State {
        std::deque<std::string> incoming;  // one a read; an empty one is the end
        std::string sent;
        std::size_t room = std::size_t{1} << 30;  // what the kernel would take now
        bool finished = false;
        bool closed = false;
        std::function<void(std::error_code, std::size_t)> reading;
        asio::mutable_buffer read_to;
        std::function<void(std::error_code)> writing;
    };
    State* state;

    void async_read_some(asio::mutable_buffer buffer, std::function<void(std::error_code, std::size_t)> done) {
        state->reading = std::move(done);
        state->read_to = buffer;
    }
    std::size_t read_some(asio::mutable_buffer, std::error_code& error) {
        error = asio::error::would_block;
        return 0;
    }
    template <typename Done>
    void async_wait(int, Done done) {
        state->writing = std::move(done);
    }
    std::size_t write_some(asio::const_buffer buffer, std::error_code& error) {
        const std::size_t count = std::min(buffer.size(), state->room);
        error = count == 0 ? std::error_code{asio::error::would_block} : std::error_code{};
        state->sent.append(static_cast<const char*>(buffer.data()), count);
        state->room -= count;
        return count;
    }
    void shutdown(int, std::error_code&) { state->finished = true; }
    void close(std::error_code&) { state->closed = true; }
};

// Answers each byte with what the test gives, and takes in one byte at a time.
struct FakeUser final : TransportUser {
    std::size_t take_in(std::string_view bytes) override {
        const auto until = Turn::Clock::now() + takes;
        while (Turn::Clock::now() < until) {
        }
        taken += bytes.front();
        return 1;
    }
    bool wants_input() const override { return wants; }
    void input_ended() override { ended = true; }
    std::string_view put_output(std::string& out) override {
        out += to_say.substr(0, 1000);
        to_say.erase(0, 1000);
        return out;
    }
    void all_sent() override { ++rests; }
    void out_of_memory() noexcept override {}
    void closed() noexcept override { ++closings; }

    Turn::Clock::duration takes{0};  // each byte
    std::string taken;
    std::string to_say;
    bool wants = true;
    bool ended = false;
    int rests = 0;
    int closings = 0;
};

struct FakeConnection {
    asio::io_context io{net::kOneThread};
    TransportContext context{io};
    FakeStream::State state;
    std::shared_ptr<FakeUser> user = std::make_shared<FakeUser>();
    BasicTransport<FakeStream> transport{context, FakeStream{&state}};

    void start() { transport.start(user, {}); }
    void deliver(const std::string& bytes, std::error_code error = {}) {
        REQUIRE(state.reading);
        std::copy(bytes.begin(), bytes.end(), static_cast<char*>(state.read_to.data()));
        std::exchange(state.reading, nullptr)(error, bytes.size());
    }
    // On a machine that is slow enough anybody may have had more than its share, and waits for its turn.
    void arrive(const std::string& bytes, std::error_code error = {}) {
        deliver(bytes, error);
        run();
    }
    void resume() {
        transport.resume();
        run();
    }
    void drain(std::size_t room) {
        state.room += room;
        REQUIRE(state.writing);
        std::exchange(state.writing, nullptr)({});
        run();
    }
    void run() {
        io.restart();
        io.poll();
    }
};

TEST_CASE("who has had its share of the thread waits for its turn") {
    FakeConnection connection;
    connection.start();
    connection.user->takes = std::chrono::milliseconds{50};
    connection.arrive("a");
    CHECK(connection.user->taken == "a");
    connection.user->takes = {};
    connection.deliver("b");
    CHECK(connection.user->taken == "a");
    connection.run();
    CHECK(connection.user->taken == "ab");
}

TEST_CASE("a connection that ends while it waits for its turn lets go of its user") {
    FakeConnection connection;
    connection.start();
    connection.user->takes = std::chrono::milliseconds{50};
    connection.arrive("a");
    connection.deliver("b");
    connection.transport.close();
    CHECK(connection.user->closings == 1);
    CHECK(connection.user.use_count() == 2);
    connection.run();
    CHECK(connection.user->taken == "a");
    CHECK(connection.user.use_count() == 1);
}

TEST_CASE("what a connection has to say goes out in its turn, though it reads no more by then") {
    FakeConnection connection;
    connection.start();
    connection.user->takes = std::chrono::milliseconds{50};
    connection.arrive("a");
    connection.deliver("b");
    connection.transport.stop_reading();
    connection.user->to_say = "goodbye";
    connection.transport.resume();
    connection.run();
    CHECK(connection.user->taken == "a");
    CHECK(connection.state.sent == "goodbye");
}

struct LongTurn final : TurnQueue::Item {
    LongTurn(std::string& its_order, char its_name) : order(its_order), name(its_name) {}
    void turn_came() override {
        const auto until = Turn::Clock::now() + Turn::kTime;
        while (Turn::Clock::now() < until) {
        }
        order += name;
    }
    std::string& order;
    char name;
};

TEST_CASE("those who wait for their turns have one turn's time together, and then it is everybody else's") {
    asio::io_context io{net::kOneThread};
    TurnQueue turns{io};
    std::string order;
    LongTurn a{order, 'a'};
    LongTurn b{order, 'b'};
    turns.push(a);
    turns.push(b);
    asio::post(io, [&] { order += 'x'; });
    io.run();
    CHECK(order == "axb");
    turns.push(b);
    turns.push(a);
    turns.run_all();
    CHECK(order == "axbba");
    io.restart();
    io.poll();  // what was posted lies in the queue's memory
}

TEST_CASE("a transport does not read from a client whose user wants no more, and forgets nothing") {
    FakeConnection connection;
    connection.start();
    connection.user->wants = false;
    connection.arrive("abc");
    connection.run();
    CHECK(connection.user->taken.empty());
    CHECK_FALSE(connection.state.reading);
    CHECK_FALSE(connection.transport.is_reading());
    CHECK(connection.transport.kept() >= 3);
    connection.user->wants = true;
    connection.resume();
    connection.run();
    CHECK(connection.user->taken == "abc");
    CHECK(connection.state.reading);
}

TEST_CASE("a transport sends what the client takes, keeps one portion, and goes on when there is room") {
    FakeConnection connection;
    connection.start();
    connection.state.room = 1500;
    connection.user->to_say = std::string(10'000, 'x');
    connection.resume();
    CHECK(connection.state.sent.size() == 1500);
    CHECK(connection.transport.is_blocked());
    CHECK(connection.transport.unsent() == 500);
    CHECK(connection.user->to_say.size() == 8000);
    connection.drain(100'000);
    connection.run();
    CHECK(connection.state.sent == std::string(10'000, 'x'));
    CHECK_FALSE(connection.transport.is_blocked());
    CHECK(connection.transport.bytes_sent() == 10'000);
}

TEST_CASE("a turn ends, and the rest of the work waits behind others") {
    FakeConnection connection;
    connection.start();
    connection.user->to_say = std::string(3 * Turn::kBytes, 'x');
    connection.transport.resume();
    CHECK(connection.state.sent.size() <= Turn::kBytes + 1000);
    bool other = false;
    std::size_t sent_before_other = 0;
    asio::post(connection.io, [&] {
        other = true;
        sent_before_other = connection.state.sent.size();
    });
    connection.run();
    CHECK(other);
    CHECK(sent_before_other < 3 * Turn::kBytes);
    CHECK(connection.state.sent.size() == 3 * Turn::kBytes);
}

TEST_CASE("a client that has closed its side gets the rest, and the last call is closed(), once") {
    FakeConnection connection;
    connection.start();
    connection.arrive("", asio::error::eof);
    CHECK(connection.user->ended);
    CHECK_FALSE(connection.state.reading);  // it would say so again and again
    connection.user->to_say = "bye";
    connection.resume();
    CHECK(connection.state.sent == "bye");
    connection.transport.finish();
    CHECK(connection.state.finished);
    connection.arrive("too late");
    CHECK(connection.user->taken.empty());
    connection.arrive("", asio::error::eof);
    CHECK(connection.state.closed);
    connection.transport.close();
    CHECK(connection.user->closings == 1);
    CHECK(connection.user.use_count() == 1);
}

}  // namespace
}  // namespace station::final_station
