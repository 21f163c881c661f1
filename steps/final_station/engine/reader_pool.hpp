// Threads that wait for the disk in the place of event loops: a cursor whose events are not in memory is given to one
// of them, and comes back through its owner's mailbox. Few threads: a disk does not get faster by being asked by more.
//
// Any thread. stop() before the mailboxes of those who wait go.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <station/log/cursor.hpp>
#include <thread>
#include <vector>

#include "mailbox.hpp"

namespace station::final_station {

class ReaderPool {
  public:
    // A cursor, for as long as a thread of the pool uses it. Afterwards arrived() is called, on the mailbox's thread.
    class Read : public Mailbox::Item {
      protected:
        Read() = default;
        ~Read() = default;

      private:
        friend class ReaderPool;
        log::Cursor* cursor_ = nullptr;
        log::Cursor::Limits limits_;
        Mailbox* mailbox_ = nullptr;
        Read* behind_ = nullptr;
    };

    explicit ReaderPool(std::size_t threads = 4) : most_(threads) {}
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;
    ~ReaderPool() { stop(); }

    // Takes no memory but for a thread, and where there is none for that, this one reads.
    void bring_in(Read& read, log::Cursor& cursor, const log::Cursor::Limits& limits, Mailbox& mailbox) noexcept;
    // What waits is read by who stops.
    void stop() noexcept;

  private:
    void run() noexcept;
    void read(Read& one) noexcept;

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::thread> threads_;
    Read* first_ = nullptr;
    Read* last_ = nullptr;
    std::size_t idle_ = 0;
    bool stopped_ = false;
};

}  // namespace station::final_station
