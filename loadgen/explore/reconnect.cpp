// The exercise `reconnect`, the piece alone: somebody comes back while another writes. What is told is a list of
// sequences: it must be that of the room, from the one that was seen last on.
#include <array>
#include <condition_variable>
#include <deque>
#include <loadgen/explore/explore.hpp>
#include <loadgen/piece/past_in_memory.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "chat/live/follow.hpp"

using namespace station;
using piece::id_of;

namespace {

constexpr std::uint64_t kSeen = 2;  // the last message that was seen
constexpr std::uint64_t kLast = 6;  // the last one that is written
constexpr int kFarTooOften = 20;

// What waits for a connection's thread: sequences that are new, and what was read.
class Mailbox {
  public:
    struct Read {
        std::vector<std::uint64_t> sequences;
        std::uint64_t position = 0;
    };
    struct Item {
        std::uint64_t news = 0;
        std::optional<Read> read = {};
        bool is_end = false;
    };

    void push(Item item) {
        const std::lock_guard lock{mutex_};
        items_.push_back(std::move(item));
        pushed_.notify_one();
    }
    Item take() {
        std::unique_lock lock{mutex_};
        pushed_.wait(lock, [&] { return !items_.empty(); });
        Item item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

  private:
    std::mutex mutex_;
    std::condition_variable pushed_;
    std::deque<Item> items_;
};

class Room {
  public:
    explicit Room(std::uint64_t messages) {
        for (std::uint64_t i = 1; i <= messages; ++i) post(i);
    }

    // Whoever follows is told of what is there after that: durable first, told then.
    void write(std::uint64_t until) {
        for (std::uint64_t i = end_; i <= until; ++i) {
            std::vector<Mailbox*> followers;
            {
                const std::lock_guard lock{mutex_};
                post(i);
                followers = followers_;
            }
            for (Mailbox* const follower : followers) follower->push({.news = i});
        }
        const std::lock_guard lock{mutex_};
        for (Mailbox* const follower : followers_) follower->push({.is_end = true});
        is_over_ = true;
    }
    void follow(Mailbox& mailbox) {
        const std::lock_guard lock{mutex_};
        followers_.push_back(&mailbox);
        if (is_over_) mailbox.push({.is_end = true});
    }
    Mailbox::Read read(const chat::Follow& cursor) {
        const std::lock_guard lock{mutex_};
        const auto rows = cursor.begins() ? missed_after(past_, cursor.seen()) : missed_from(past_, cursor.position());
        explore::require(rows.has_value(), "what can be read is an error");
        Mailbox::Read read;
        for (const chat::Row& row : rows->messages) read.sequences.push_back(chat::sequence_of(row.place));
        read.position = end_;
        return read;
    }

  private:
    void post(std::uint64_t sequence) {
        past_.post(sequence);
        end_ = sequence + 1;
    }

    std::mutex mutex_;
    piece::PastInMemory past_;
    std::vector<Mailbox*> followers_;
    std::uint64_t end_ = 0;
    bool is_over_ = false;
};

// As a connection of the chat: it reads what was missed, and takes what comes. Of what it is told it keeps so many
// until the client has taken them, which it does when there is nothing else to do.
void come_back(const char* name, Room& room, std::size_t keeps, std::vector<std::uint64_t>& told) {
    explore::name(name);
    Mailbox mailbox;
    chat::Follow cursor{id_of(kSeen)};
    int reads = 0;
    const auto read = [&] {
        explore::require(++reads < kFarTooOften, "the past is read again and again");
        cursor.reading();
        mailbox.push({.read = room.read(cursor)});
    };
    room.follow(mailbox);
    read();
    std::size_t waiting = 0;
    for (bool is_over = false; !is_over || !cursor.is_live();) {
        const Mailbox::Item item = mailbox.take();
        if (item.is_end) {
            is_over = true;
            waiting = 0;
            if (cursor.wants_read()) read();
        } else if (item.read) {
            told.insert(told.end(), item.read->sequences.begin(), item.read->sequences.end());
            cursor.was_read(item.read->position);
            if (!cursor.is_live()) read();
        } else if (cursor.take(item.news, waiting < keeps)) {
            told.push_back(item.news);
            ++waiting;
        }
    }
}

void require_all(const std::vector<std::uint64_t>& told) {
    std::uint64_t next = kSeen + 1;
    for (const std::uint64_t sequence : told) {
        explore::require(sequence >= next, "a message is told twice, or too late");
        explore::require(sequence <= next, "a message is not told: there is a gap");
        ++next;
    }
    explore::require(next == kLast + 1, "the last messages are not told");
}

}  // namespace

SCENARIO("comes-back-while-one-writes", "Who comes back while another writes is told everything once, in order") {
    Room room{4};
    std::vector<std::uint64_t> told;
    {
        const std::jthread writer{[&] {
            explore::name("writer");
            room.write(kLast);
        }};
        const std::jthread reader{[&] { come_back("reader", room, 100, told); }};
    }
    require_all(told);
}

SCENARIO("two-come-back", "Two come back while another writes, and both are told everything once, in order") {
    Room room{4};
    std::array<std::vector<std::uint64_t>, 2> told;
    {
        const std::jthread writer{[&] {
            explore::name("writer");
            room.write(kLast);
        }};
        const std::jthread first{[&] { come_back("reader 1", room, 100, told[0]); }};
        const std::jthread second{[&] { come_back("reader 2", room, 100, told[1]); }};
    }
    for (const auto& one : told) require_all(one);
}

SCENARIO("takes-one-at-a-time", "Who does not take what waits is told the rest later, once, in order") {
    Room room{2};
    std::vector<std::uint64_t> told;
    {
        const std::jthread writer{[&] {
            explore::name("writer");
            room.write(kLast);
        }};
        const std::jthread reader{[&] { come_back("reader", room, 1, told); }};
    }
    require_all(told);
}
