// A disk and files that hand every call on to others: a test overrides the one that it is about.
#pragma once

#include <memory>
#include <station/log/file.hpp>
#include <utility>

namespace station::test {

class ForwardingFile : public log::File {
  public:
    explicit ForwardingFile(std::unique_ptr<log::File> file) : file_(std::move(file)) {}

    log::Expected<std::uint64_t> size() override { return file_->size(); }
    log::Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        return file_->read_at(offset, into);
    }
    log::Expected<std::size_t> read_resident(std::uint64_t offset, std::span<std::byte> into) override {
        return file_->read_resident(offset, into);
    }
    log::Expected<log::Mapping> map(std::uint64_t offset, std::size_t size) override {
        return file_->map(offset, size);
    }
    std::error_code write_at(std::uint64_t offset, log::Bytes bytes) override { return file_->write_at(offset, bytes); }
    std::error_code sync() override { return file_->sync(); }
    std::error_code truncate(std::uint64_t size) override { return file_->truncate(size); }

  private:
    std::unique_ptr<log::File> file_;
};

class ForwardingDisk : public log::Disk {
  public:
    // It must outlive this.
    explicit ForwardingDisk(log::Disk& disk) : disk_(disk) {}

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open mode) override {
        return disk_.open(path, mode);
    }
    log::Expected<bool> exists(const log::Path& path) override { return disk_.exists(path); }
    log::Expected<log::Kind> kind(const log::Path& path) override { return disk_.kind(path); }
    log::Expected<std::vector<std::string>> list(const log::Path& folder) override { return disk_.list(folder); }
    std::error_code create_folders(const log::Path& folder) override { return disk_.create_folders(folder); }
    std::error_code rename(const log::Path& from, const log::Path& to) override { return disk_.rename(from, to); }
    std::error_code remove(const log::Path& path) override { return disk_.remove(path); }
    std::error_code remove_folder(const log::Path& path) override { return disk_.remove_folder(path); }
    std::error_code sync_folder(const log::Path& folder) override { return disk_.sync_folder(folder); }
    log::Expected<std::unique_ptr<log::FolderLock>> lock(const log::Path& path) override { return disk_.lock(path); }
    bool is_shared() const override { return disk_.is_shared(); }

  private:
    log::Disk& disk_;
};

}  // namespace station::test
