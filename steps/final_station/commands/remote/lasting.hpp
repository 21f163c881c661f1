// What a command that outlives its server has in common with others of its kind: it tries again, with pauses between,
// until it is over. A signal and a reader who has gone end whatever it waits for, the connection that it has at the
// time among that.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <station/flow/shutdown_signal.hpp>

#include "client/backoff.hpp"
#include "client/connection.hpp"
#include "commands/output_watch.hpp"

namespace station::final_station {

class Lasting {
  public:
    // While it lives, interrupt() ends what waits on the connection.
    class Attachment {
      public:
        Attachment(Lasting& lasting, BlockingConnection& connection) : lasting_(lasting) {
            lasting_.attach(&connection);
        }
        Attachment(const Attachment&) = delete;
        Attachment& operator=(const Attachment&) = delete;
        ~Attachment() { lasting_.attach(nullptr); }

      private:
        Lasting& lasting_;
    };

    // `stream` is one try: the exit status, where that is the end of all. `end` says the status of who was interrupted.
    template <typename Stream, typename End>
    int run(const Stream& stream, const End& end) {
        const flow::ShutdownSignal signal{[this] { interrupt(); }};
        const OutputWatch watch{[this] {
            is_read_ = false;
            interrupt();
        }};
        while (true) {
            if (const auto status = stream()) return *status;
            if (!pause()) return end();
        }
    }
    void goes_well() { pause_.reset(); }  // the next pause is a short one again

    bool is_read() const { return is_read_; }  // somebody reads what is printed
    bool is_interrupted() {
        const std::lock_guard lock{mutex_};
        return interrupted_;
    }

  private:
    // A little longer each time. False: it is over.
    bool pause() {
        std::unique_lock lock{mutex_};
        woken_.wait_for(lock, pause_.next(), [this] { return interrupted_; });
        return !interrupted_;
    }
    void interrupt() {
        const std::lock_guard lock{mutex_};
        interrupted_ = true;
        if (connection_ != nullptr) connection_->interrupt();
        woken_.notify_all();
    }
    void attach(BlockingConnection* connection) {
        const std::lock_guard lock{mutex_};
        connection_ = connection;
    }

    Backoff pause_;
    std::atomic<bool> is_read_{true};
    std::mutex mutex_;
    std::condition_variable woken_;
    bool interrupted_ = false;
    BlockingConnection* connection_ = nullptr;
};

}  // namespace station::final_station
