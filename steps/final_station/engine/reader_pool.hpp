// Threads that wait for the disk in the place of event loops: a cursor that looks for its place, or whose events are
// not in memory, is given to one of them, and comes back through its owner's mailbox. Few threads: a disk does not get
// faster by being asked by more.
//
// Any thread. stop() before the mailboxes of those who wait go.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "mailbox.hpp"

namespace station::final_station {

class ReaderPool {
  public:
    // What takes waiting for a disk. It stays as it is until it has arrived.
    class Work : public Mailbox::Item {
      protected:
        explicit Work(Haste haste = Haste::answer) : Mailbox::Item(haste) {}
        ~Work() = default;
        // On a thread of the pool; afterwards arrived() is called, on the mailbox's.
        virtual void wait_for_disk() noexcept = 0;

      private:
        friend class ReaderPool;
        Mailbox* mailbox_ = nullptr;
        Work* behind_ = nullptr;
    };

    explicit ReaderPool(std::size_t threads = 4) : most_(threads) {}
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;
    ~ReaderPool() { stop(); }

    // Takes no memory but for a thread, and where there is none for that, this one waits.
    void submit(Work& work, Mailbox& mailbox) noexcept;
    // What has not begun is done by the pool's threads all the same; what comes later, by who brings it.
    void stop() noexcept;

  private:
    void run() noexcept;
    static void carry_out(Work& one) noexcept;

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::thread> threads_;
    Work* first_ = nullptr;
    Work* last_ = nullptr;
    std::size_t idle_ = 0;
    bool stopped_ = false;
};

}  // namespace station::final_station
