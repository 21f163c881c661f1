// Passwords, which are slow on purpose (Argon2id, libsodium: 19 MiB and 2 passes, as OWASP advises): on a thread of
// their own, one at a time, so that no event loop waits for them (step 4's lesson) and nobody can fill the memory.
//
// Any thread. Answers come on the passwords' thread: they must be short.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace station::chat {

class Passwords {
  public:
    static constexpr std::size_t kMostWaiting = 32;

    Passwords() = default;
    ~Passwords() { stop(); }

    // False: too many wait, and `then` is not called. An empty hash is an unknown person's: it takes the same time, and
    // is wrong.
    bool check(std::string password, std::string hash, std::function<void(bool right)> then);
    // An empty hash: there was no memory for it.
    bool hash(std::string password, std::function<void(std::string hash)> then);

    // What waits is answered all the same: wrong, or no hash.
    void stop();

  private:
    using Job = std::function<void(bool stopped)>;
    bool submit(Job job);
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> waiting_;
    std::thread thread_;
    bool stopped_ = false;
};

}  // namespace station::chat
