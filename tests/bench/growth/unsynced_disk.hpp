// The operating system's disk without a sync: ten thousand topics, each with five of them, would take minutes to make
// that no row is about. What is made so is not safe from a power cut.
#pragma once

#include <station/log/file.hpp>
#include <utility>

namespace station::growth {

class UnsyncedFile final : public log::File {
  public:
    explicit UnsyncedFile(std::unique_ptr<log::File> file) : file_{std::move(file)} {}

    log::Expected<std::uint64_t> size() override { return file_->size(); }
    log::Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        return file_->read_at(offset, into);
    }
    log::Expected<log::Mapping> map(std::uint64_t offset, std::size_t size) override {
        return file_->map(offset, size);
    }
    std::error_code write_at(std::uint64_t offset, log::Bytes bytes) override { return file_->write_at(offset, bytes); }
    std::error_code sync() override { return {}; }
    std::error_code truncate(std::uint64_t size) override { return file_->truncate(size); }

  private:
    std::unique_ptr<log::File> file_;
};

class UnsyncedDisk final : public log::Disk {
  public:
    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        auto file = disk_.open(path, mode);
        if (!file) return tl::unexpected(file.error());
        return std::make_unique<UnsyncedFile>(std::move(*file));
    }
    log::Expected<bool> exists(const log::Path& path) override { return disk_.exists(path); }
    log::Expected<std::vector<std::string>> list(const log::Path& folder) override { return disk_.list(folder); }
    log::Expected<log::Kind> kind(const log::Path& path) override { return disk_.kind(path); }
    std::error_code create_folders(const log::Path& folder) override { return disk_.create_folders(folder); }
    std::error_code rename(const log::Path& from, const log::Path& to) override { return disk_.rename(from, to); }
    std::error_code remove(const log::Path& path) override { return disk_.remove(path); }
    std::error_code remove_folder(const log::Path& path) override { return disk_.remove_folder(path); }
    std::error_code sync_folder(const log::Path&) override { return {}; }
    log::Expected<std::unique_ptr<log::FolderLock>> lock(const log::Path& path) override { return disk_.lock(path); }

  private:
    log::Disk& disk_ = log::posix_disk();
};

}  // namespace station::growth
