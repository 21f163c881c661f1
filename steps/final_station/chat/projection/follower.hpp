// The projection's thread: follows the ledger with one cursor, writes what comes in batches, tells what has changed,
// and makes the tables again where they are not what the ledger says.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "projection.hpp"
#include "readers.hpp"
#include "tables.hpp"
#include "trust.hpp"

namespace station::chat {

class Follower {
  public:
    using Config = Projection::Config;

    Follower(ledger::Store& store, Config config, Names& names, Readers& readers);
    ~Follower() { stop(); }

    // Opens the tables, so that they can be asked at once; what goes wrong is tried again by the thread.
    void open();
    void start();
    void stop();

    std::uint64_t position() const { return position_.load(std::memory_order_acquire); }
    void when(std::uint64_t position, std::function<void(bool)> then);

    // The tables can be asked: they are not behind what was told before. Any thread.
    bool can_be_asked() const { return can_be_asked_.load(std::memory_order_acquire); }
    // Goes up where the tables are made, or opened, again.
    std::uint64_t age() const { return age_.load(std::memory_order_acquire); }
    // Somebody found that they are damaged. Any thread.
    void report_damage();

  private:
    using Waiting = std::multimap<std::uint64_t, std::function<void(bool)>>;

    void run();
    // One round: waits for events, and writes them. False: the ledger is closed.
    tl::expected<bool, std::error_code> work();
    tl::expected<bool, std::error_code> wait_for_events();
    tl::expected<bool, std::error_code> read_events();
    void wait_for_more();
    std::error_code end_bulk();
    std::error_code write_events();
    std::error_code index_sometimes(std::size_t fresh);
    void compact_sometimes(std::size_t events);
    std::error_code sweep();
    template <typename Write, typename Then>
    std::error_code in_transaction(Write write, Then then);

    std::error_code open_tables();
    std::error_code open_fitting();
    tl::expected<bool, std::error_code> fits(const Tables::About& about);
    tl::expected<std::optional<Id>, std::error_code> event_at(std::uint64_t sequence);
    void close_tables();

    void reached(std::uint64_t position);
    void tell_progress(std::uint64_t position);
    tl::unexpected<std::error_code> ledger_failed(std::error_code error);
    void stumble(std::error_code error);
    void recover();
    void let_go(bool all);
    void log(log::Severity severity, const std::string& text) const;
    bool is_stopping();

    ledger::Store& store_;
    const Config config_;
    Names& names_;
    Readers& readers_;
    Trust trust_;

    // Of the thread.
    std::optional<Tables> tables_;
    Tables::About about_;
    std::vector<ledger::StoredEvent> events_;  // read, and not written yet
    std::uint64_t tell_from_ = 0;              // what was there before the start is told to nobody
    std::uint64_t behind_until_ = 0;           // up to here it is catching up
    std::uint64_t told_ = 0;                   // the furthest position that anybody was told
    std::size_t fresh_ = 0;                    // messages that are not in the index yet
    std::size_t since_compact_ = 0;
    bool is_bulk_ = false;  // so far behind that the index is merged at the end only
    bool rooms_to_sweep_ = false;
    bool in_trouble_ = false;
    bool tables_are_fine_ = false;  // the last error was the ledger's
    std::chrono::steady_clock::time_point last_batch_{};
    std::chrono::steady_clock::time_point last_progress_{};

    std::atomic<std::uint64_t> position_{0};
    std::atomic<std::uint64_t> age_{0};
    std::atomic<bool> can_be_asked_{false};
    std::atomic<bool> damaged_{false};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<ledger::Cursor> cursor_;  // replaced under the lock, so that others may cancel it
    Waiting waiting_;
    bool answers_false_ = false;  // who would have to wait is told so at once
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace station::chat
