// What the writer's tests share: disks that wait and disks that fail, and publishes that remember how they ended.
#pragma once

#include "gate.hpp"
#include "log_forwarding_disk.hpp"
#include "log_support.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <thread>

namespace station::test {

// A disk whose syncs wait until the test lets them go.
class GatedDisk : public SimulatedDisk {
  public:
    class GatedFile : public ForwardingFile {
      public:
        GatedFile(GatedDisk& disk, std::unique_ptr<log::File> file, bool spared)
            : ForwardingFile(std::move(file)), disk_(disk), spared_(spared) {}
        std::error_code sync() override {
            if (!spared_) disk_.wait_at_gate();
            return ForwardingFile::sync();
        }

      private:
        GatedDisk& disk_;
        const bool spared_;
    };

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        if (mode == log::Open::create && at_create) at_create();
        auto file = SimulatedDisk::open(path, mode);
        if (!file) return file;
        const bool spared = path.native().find(spared_) != std::string::npos;
        return std::make_unique<GatedFile>(*this, std::move(*file), spared);
    }
    // Both are set before the bus opens.
    std::function<void()> at_create = {};
    void spare(std::string part) { spared_ = std::move(part); }  // of a path: those files never wait

    void close_gate() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    void open_gate() {
        const std::lock_guard lock{mutex_};
        closed_ = false;
        changed_.notify_all();
    }
    // So many are in a sync.
    bool reached(int count = 1) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, kPatience, [&] { return waiting_ >= count; });
    }

  private:
    void wait_at_gate() {
        std::unique_lock lock{mutex_};
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !closed_; });
        --waiting_;
    }
    std::string spared_ = "no such file";
    std::mutex mutex_;
    std::condition_variable changed_;
    bool closed_ = false;
    int waiting_ = 0;
};

// Requests that remember how they ended, in which order.
struct Submitted {
    struct One : log::PublishRequest {
        Submitted* all = nullptr;
        std::string payload;
        log::Message message;
        log::Receipt receipt;
    };
    std::deque<One> requests;
    std::mutex mutex;
    std::vector<std::pair<std::string, std::error_code>> ended;
    std::condition_variable changed;

    std::error_code submit(log::Topic& topic, const std::string& payload) {
        One& one = requests.emplace_back();
        one.all = this;
        one.payload = payload;
        one.message = {log::as_bytes(one.payload)};
        one.messages = {&one.message, 1};
        one.receipts = &one.receipt;
        one.done = [](log::PublishRequest& self, std::error_code error) noexcept {
            auto& mine = static_cast<One&>(self);
            const std::lock_guard lock{mine.all->mutex};
            mine.all->ended.emplace_back(mine.payload, error);
            mine.all->changed.notify_all();
        };
        return topic.submit(one);
    }
    bool wait(std::size_t count) {
        std::unique_lock lock{mutex};
        return changed.wait_for(lock, kPatience, [&] { return ended.size() >= count; });
    }
};

// A disk on which single calls fail, or throw, before they do anything, as often as is wanted.
class FailingDisk : public SimulatedDisk {
  public:
    enum class Call { open_write, create, sync_folder, write, truncate, rename };

    // The next `times` calls of that kind.
    void fail(Call call, std::error_code error, int times = 1) {
        error_ = error;
        left_[static_cast<std::size_t>(call)] = times;
    }
    // As fail(), by std::bad_alloc.
    void run_out_of_memory(Call call) { fail(call, {}, 1); }
    bool has_failed(Call call) const { return left_[static_cast<std::size_t>(call)] == 0; }

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        const auto error = mode == log::Open::read    ? std::error_code{}
                           : mode == log::Open::write ? strike(Call::open_write)
                                                      : strike(Call::create);
        if (error) return tl::unexpected(error);
        auto file = SimulatedDisk::open(path, mode);
        if (!file) return file;
        return std::make_unique<Failing>(*this, std::move(*file));
    }
    std::error_code sync_folder(const log::Path& folder) override {
        const auto error = strike(Call::sync_folder);
        return error ? error : SimulatedDisk::sync_folder(folder);
    }
    std::error_code rename(const log::Path& from, const log::Path& to) override {
        const auto error = strike(Call::rename);
        return error ? error : SimulatedDisk::rename(from, to);
    }

  private:
    class Failing : public ForwardingFile {
      public:
        Failing(FailingDisk& disk, std::unique_ptr<log::File> file) : ForwardingFile(std::move(file)), disk_(disk) {}
        std::error_code write_at(std::uint64_t offset, log::Bytes bytes) override {
            const auto error = disk_.strike(Call::write);
            if (!error) return ForwardingFile::write_at(offset, bytes);
            ForwardingFile::write_at(offset, bytes.first(bytes.size() / 2));
            return error;
        }
        std::error_code truncate(std::uint64_t size) override {
            const auto error = disk_.strike(Call::truncate);
            return error ? error : ForwardingFile::truncate(size);
        }

      private:
        FailingDisk& disk_;
    };

    std::error_code strike(Call call) {
        auto& left = left_[static_cast<std::size_t>(call)];
        for (int before = left.load(); before > 0;) {
            if (!left.compare_exchange_weak(before, before - 1)) continue;
            if (!error_) throw std::bad_alloc{};
            return error_;
        }
        return {};
    }

    std::error_code error_;
    std::array<std::atomic<int>, 6> left_{};
};

// Ends when `holds` does, or by the clock.
inline bool wait_until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace station::test
