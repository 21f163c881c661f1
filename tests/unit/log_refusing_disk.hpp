// Stands before another disk and refuses what it is told to refuse; counts what is open.
#pragma once

#include "log_forwarding_disk.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <station/log/file.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::test {

class RefusingDisk : public ForwardingDisk {
  public:
    using ForwardingDisk::ForwardingDisk;

    // Asked before every opening; set while nobody uses the disk.
    std::function<std::error_code(const log::Path&, log::Open)> refuse;
    int most_open() const { return counts_->most; }

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        const auto error = refuse ? refuse(path, mode) : std::error_code{};
        if (error) return tl::unexpected(error);
        auto file = ForwardingDisk::open(path, mode);
        if (!file) return file;
        return std::make_unique<Counted>(std::move(*file), counts_);
    }

  private:
    struct Counts {
        std::atomic<int> open{0};
        std::atomic<int> most{0};
    };
    class Counted : public ForwardingFile {
      public:
        Counted(std::unique_ptr<log::File> file, std::shared_ptr<Counts> counts)
            : ForwardingFile(std::move(file)), counts_(std::move(counts)) {
            const int now = ++counts_->open;
            int most = counts_->most;
            while (most < now && !counts_->most.compare_exchange_weak(most, now)) {
            }
        }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        ~Counted() override { --counts_->open; }

      private:
        std::shared_ptr<Counts> counts_;
    };

    std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace station::test
