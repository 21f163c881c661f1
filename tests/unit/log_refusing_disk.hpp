// Stands before another disk and refuses what it is told to refuse; counts what is open.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <station/log/file.hpp>
#include <string>
#include <utility>
#include <vector>

namespace station::test {

class RefusingDisk : public log::Disk {
  public:
    explicit RefusingDisk(log::Disk& disk) : disk_(disk) {}

    // Asked before every opening; set while nobody uses the disk.
    std::function<std::error_code(const log::Path&, log::Open)> refuse;
    int most_open() const { return counts_->most; }

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        const auto error = refuse ? refuse(path, mode) : std::error_code{};
        if (error) return tl::unexpected(error);
        auto file = disk_.open(path, mode);
        if (!file) return file;
        return std::make_unique<Counted>(std::move(*file), counts_);
    }
    log::Expected<log::Kind> kind(const log::Path& path) override { return disk_.kind(path); }
    log::Expected<bool> exists(const log::Path& path) override { return disk_.exists(path); }
    log::Expected<std::vector<std::string>> list(const log::Path& folder) override { return disk_.list(folder); }
    std::error_code create_folders(const log::Path& folder) override { return disk_.create_folders(folder); }
    std::error_code rename(const log::Path& from, const log::Path& to) override { return disk_.rename(from, to); }
    std::error_code remove(const log::Path& path) override { return disk_.remove(path); }
    std::error_code sync_folder(const log::Path& folder) override { return disk_.sync_folder(folder); }
    log::Expected<std::unique_ptr<log::FolderLock>> lock(const log::Path& path) override { return disk_.lock(path); }

  private:
    struct Counts {
        std::atomic<int> open{0};
        std::atomic<int> most{0};
    };
    class Counted : public log::File {
      public:
        Counted(std::unique_ptr<log::File> file, std::shared_ptr<Counts> counts)
            : file_(std::move(file)), counts_(std::move(counts)) {
            const int now = ++counts_->open;
            int most = counts_->most;
            while (most < now && !counts_->most.compare_exchange_weak(most, now)) {
            }
        }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        ~Counted() override { --counts_->open; }
        log::Expected<std::uint64_t> size() override { return file_->size(); }
        log::Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
            return file_->read_at(offset, into);
        }
        log::Expected<log::Mapping> map(std::uint64_t offset, std::size_t size) override {
            return file_->map(offset, size);
        }
        std::error_code write_at(std::uint64_t offset, log::Bytes bytes) override {
            return file_->write_at(offset, bytes);
        }
        std::error_code sync() override { return file_->sync(); }
        std::error_code truncate(std::uint64_t size) override { return file_->truncate(size); }

      private:
        std::unique_ptr<log::File> file_;
        std::shared_ptr<Counts> counts_;
    };

    log::Disk& disk_;
    std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace station::test
