// What clients make the server keep, in bytes, over all connections: messages that have begun, answers that wait to be
// read, and what lies in between. Each connection tells its share after each of its turns; where all together keep too
// much, those with more than a little are not read from until it is less.
//
// Any thread. A share belongs to its connection's thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace station::final_station {

class MemoryAccount {
  public:
    explicit MemoryAccount(std::size_t most) : most_(most) {}
    MemoryAccount(const MemoryAccount&) = delete;
    MemoryAccount& operator=(const MemoryAccount&) = delete;

    std::size_t kept() const { return kept_.load(std::memory_order_relaxed); }
    bool full() const { return kept() >= most_; }

    class Share {
      public:
        explicit Share(MemoryAccount& account) : account_(account) {}
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share() { set(0); }

        void set(std::size_t bytes) {
            if (bytes == bytes_) return;
            account_.kept_.fetch_add(bytes - bytes_, std::memory_order_relaxed);  // modulo 2^64: it may be less, too
            bytes_ = bytes;
        }
        // Where all together keep too much, who keeps as little as this goes on.
        bool must_wait() const { return bytes_ > kLittle && account_.full(); }

      private:
        static constexpr std::size_t kLittle = std::size_t{64} << 10;
        MemoryAccount& account_;
        std::size_t bytes_ = 0;
    };

  private:
    const std::size_t most_;
    std::atomic<std::size_t> kept_{0};
};

}  // namespace station::final_station
