// What a command that outlives its server has in common with others of its kind: it waits between two tries, and
// interrupt(), from any thread, ends whatever it waits for, the connection that it has at the time among that.
#pragma once

#include <condition_variable>
#include <mutex>

#include "client/backoff.hpp"
#include "client/connection.hpp"

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

    // A little longer each time, until it goes well. False: it is over.
    bool pause() {
        std::unique_lock lock{mutex_};
        woken_.wait_for(lock, pause_.next(), [this] { return interrupted_; });
        return !interrupted_;
    }
    void goes_well() { pause_.reset(); }

    bool is_interrupted() {
        const std::lock_guard lock{mutex_};
        return interrupted_;
    }
    void interrupt() {
        const std::lock_guard lock{mutex_};
        interrupted_ = true;
        if (connection_ != nullptr) connection_->interrupt();
        woken_.notify_all();
    }

  private:
    void attach(BlockingConnection* connection) {
        const std::lock_guard lock{mutex_};
        connection_ = connection;
    }

    Backoff pause_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool interrupted_ = false;
    BlockingConnection* connection_ = nullptr;
};

}  // namespace station::final_station
