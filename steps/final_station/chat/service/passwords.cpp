#include "passwords.hpp"

#include <sodium.h>

#include <array>
#include <system_error>
#include <utility>

namespace station::chat {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = std::size_t{19} << 20;  // bytes

std::string made_hash(const std::string& password) {
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int result = crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kPasses, kMemory,
                                             crypto_pwhash_ALG_ARGON2ID13);
    return result == 0 ? std::string{text.data()} : std::string{};
}

bool fits(const std::string& password, const std::string& hash) {
    if (hash.empty()) {
        (void)made_hash(password);
        return false;
    }
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace

bool Passwords::check(std::string password, std::string hash, std::function<void(bool)> then) {
    return submit([password = std::move(password), hash = std::move(hash), then = std::move(then)](bool stopped) {
        then(!stopped && fits(password, hash));
    });
}

bool Passwords::hash(std::string password, std::function<void(std::string)> then) {
    return submit([password = std::move(password), then = std::move(then)](bool stopped) {
        then(stopped ? std::string{} : made_hash(password));
    });
}

bool Passwords::submit(Job job) {
    const std::lock_guard lock{mutex_};
    if (stopped_ || waiting_.size() >= kMostWaiting) return false;
    if (!thread_.joinable()) {
        try {
            thread_ = std::thread{[this] { run(); }};
        } catch (const std::system_error&) {
            return false;
        }
    }
    waiting_.push_back(std::move(job));
    changed_.notify_one();
    return true;
}

void Passwords::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const Job job = std::move(waiting_.front());
        waiting_.pop_front();
        const bool stopped = stopped_;
        lock.unlock();
        job(stopped);
        lock.lock();
    }
}

void Passwords::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

}  // namespace station::chat
