// The tables that questions are answered from: rooms' messages with what was said about them, and full-text search
// (SQLite, FTS5), made from the ledger by one cursor and one thread, in batches. They are derived: where the file is
// missing, of another version, or does not fit the ledger, it is made again. After each commit those who listen are
// told what has changed, so that nobody is told what could not be asked for yet.
//
// Any thread may ask. Questions wait for a disk: they belong on a thread that may.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <station/ledger/store/store.hpp>
#include <station/log/file.hpp>

#include "messages.hpp"
#include "search.hpp"

namespace station::chat {

class Projection {
  public:
    struct Config {
        log::Path path;  // of the database
        // How far a rebuild is, about once a second, and at its end: events done, and of how many. Empty: silence.
        std::function<void(std::uint64_t done, std::uint64_t of)> progress = {};
        std::function<void(log::Severity, std::string_view)> logger = {};  // any thread; empty: silence
        // On the projection's thread, after each commit, once for each event that was appended after open(), in order;
        // must be short. What was there before is told to nobody, whatever is made again.
        std::function<void(Changes)> listener = {};
    };

    // The store must outlive it. Nothing is followed before start(). Tables that can't be opened are no error: that is
    // logged, and tried again; so is what can't be written later. Meanwhile questions get an error, and when() false.
    static ledger::Result<std::unique_ptr<Projection>> open(ledger::Store& store, Config config);
    ~Projection();  // stop()

    void start();
    void stop();
    // Events before this global sequence are in the tables.
    std::uint64_t position() const;
    // `then` is called once when position() has reached it: at once, or on the projection's thread, and must be short;
    // with false where the projection stops before, or has failed.
    void when(std::uint64_t position, std::function<void(bool reached)> then);

    // resource_unavailable_try_again where the tables are behind what was told before: they are being made again.
    template <typename T>
    using Found = tl::expected<T, std::error_code>;

    // Deleted ones are not found.
    Found<std::optional<ShownMessage>> message(const Id& id) const;
    // Oldest first. `place`: a message of the room, deleted or not; nullopt as a result: it is none.
    enum class Side { newest, before, after, around };
    struct Page {
        std::vector<ShownMessage> messages;
        bool more_before = false;
        bool more_after = false;
    };
    Found<std::optional<Page>> page(const Id& room, Side side, const Id& place, std::size_t limit) const;
    // What came after the last message that a client saw (CHAT.md's rule 3); `seen` nullopt, or no message of the room:
    // the last ones.
    struct Missed {
        std::vector<ShownMessage> messages;  // oldest first
        bool complete = true;
        std::vector<ShownMessage> updated;  // of those that it had seen
        std::vector<Id> removed;
        std::uint64_t position = 0;  // up to which this is all
    };
    Found<Missed> missed(const Id& room, const std::optional<Id>& seen) const;
    // The same from a position on, Missed::position of the last time: what a session has not been told yet.
    Found<Missed> since(const Id& room, std::uint64_t position) const;
    // How many messages of others came in the room after this sequence, and how many of them mention the user; at most
    // `most` are counted.
    struct Unread {
        std::uint64_t count = 0;
        std::uint64_t mentions = 0;
    };
    Found<Unread> unread(const Id& room, const Id& user, std::uint64_t seen, std::uint64_t most = 1000) const;
    Found<std::optional<std::int64_t>> last_message_at(const Id& room) const;
    // The sequence of a message of this room, deleted or not.
    Found<std::optional<std::uint64_t>> sequence_of(const Id& room, const Id& message) const;
    // The event that the text of a message that is shown comes from: the post, or the last edit.
    Found<std::optional<Id>> event_of(const Id& message) const;
    // Newest first, of these rooms only. nullopt: there is nothing in the query that could be found.
    Found<std::optional<std::vector<FoundMessage>>> search(std::string_view query, std::span<const Id> rooms,
                                                           std::size_t limit) const;

  private:
    struct Impl;
    explicit Projection(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace station::chat
