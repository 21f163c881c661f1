// A topic's log as a cursor sees it, without a bus, a writer or a disk: events are written by the case itself, one at a
// time, and made visible in the writer's order. A cursor of it is a Cursor::Impl, asked as Cursor asks it.
//
// One thread writes; each cursor is one thread's. Offsets are dense, the time of an event is its offset.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <station/log/detail/cursor_impl.hpp>
#include <station/log/detail/open_files.hpp>
#include <station/log/layout.hpp>
#include <string>

namespace station::piece {

class MemoryDisk final : public log::Disk {
  public:
    struct Content {
        std::string name;
        std::array<std::byte, 4096> bytes{};
    };

    Content& make(const std::string& name) {
        const std::lock_guard lock{mutex_};
        contents_.push_back({name, {}});
        return contents_.back();
    }

    log::Expected<std::unique_ptr<log::File>> open(const log::Path& path, log::Open) override {
        const std::lock_guard lock{mutex_};
        for (Content& content : contents_) {
            if (content.name == path.filename().string()) return std::make_unique<MemoryFile>(content);
        }
        return tl::unexpected(std::make_error_code(std::errc::no_such_file_or_directory));
    }
    log::Expected<bool> exists(const log::Path&) override { return false; }
    log::Expected<std::vector<std::string>> list(const log::Path&) override { return refused(); }
    log::Expected<log::Kind> kind(const log::Path&) override { return log::Kind::none; }
    std::error_code create_folders(const log::Path&) override { return refused().value(); }
    std::error_code rename(const log::Path&, const log::Path&) override { return refused().value(); }
    std::error_code remove(const log::Path&) override { return refused().value(); }
    std::error_code remove_folder(const log::Path&) override { return refused().value(); }
    std::error_code sync_folder(const log::Path&) override { return refused().value(); }
    log::Expected<std::unique_ptr<log::FolderLock>> lock(const log::Path&) override { return refused(); }

    static tl::unexpected<std::error_code> refused() {
        return tl::unexpected(std::make_error_code(std::errc::read_only_file_system));
    }

    // As the kernel copies, byte by byte and seen by no sanitizer: a reader may fetch more than it may look at, while
    // the writer is at work behind it.
    __attribute__((no_sanitize("thread"))) static void copy(const std::byte* from, std::size_t size, std::byte* to) {
        for (std::size_t i = 0; i < size; ++i) {
            static_cast<volatile std::byte*>(to)[i] = static_cast<const volatile std::byte*>(from)[i];
        }
    }

  private:
    class MemoryFile final : public log::File {
      public:
        explicit MemoryFile(Content& content) : content_(content) {}
        log::Expected<std::uint64_t> size() override { return content_.bytes.size(); }
        log::Expected<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
            if (offset >= content_.bytes.size()) return std::size_t{0};
            const std::size_t count = std::min<std::size_t>(into.size(), content_.bytes.size() - offset);
            copy(content_.bytes.data() + offset, count, into.data());
            return count;
        }
        log::Expected<log::Mapping> map(std::uint64_t, std::size_t) override { return refused(); }
        std::error_code write_at(std::uint64_t, log::Bytes) override { return refused().value(); }
        std::error_code sync() override { return {}; }
        std::error_code truncate(std::uint64_t) override { return refused().value(); }

      private:
        Content& content_;
    };

    std::mutex mutex_;
    std::deque<Content> contents_;
};

class LogInMemory {
  public:
    LogInMemory() { begin_segment(); }

    // Writes the next event, with a payload of that many bytes.
    void append(std::size_t payload = 1) {
        std::array<std::byte, log::EventId::kSize> id{};
        id.back() = static_cast<std::byte>(next_ + 1);
        const std::string bytes(payload, 'p');
        const log::Record record{log::EventId{id},
                                 static_cast<std::int64_t>(next_),
                                 next_,
                                 0,
                                 {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()},
                                 {}};
        std::vector<std::byte> encoded(record.size());
        log::encode_record(record, encoded.data());
        MemoryDisk::copy(encoded.data(), encoded.size(), content_->bytes.data() + end_);
        segment_->add_to_index(end_, record, 1);
        end_ += record.size();
        ++next_;
        segment_->advance(end_, record);
        entry_->state.advance(next_);
        entry_->state.waiters.wake_all();
    }

    // The segment is full: the next event goes into another one.
    void rotate() {
        const auto full = segment_;
        begin_segment();
        full->seal();
        entry_->state.waiters.wake_all();
    }

    // The last segment's event of that offset is not there any more, and no record that says so.
    void lose_next() { ++next_; }

    // Breaks the byte at that place of the last event that was written.
    void damage_last() { content_->bytes[end_ - 5] ^= std::byte{1}; }

    void close() {
        entry_->state.condition.store(log::Condition::closed);
        entry_->state.waiters.wake_all();
    }

    std::uint64_t next() const { return next_; }

    // A cursor that begins with event 0.
    std::unique_ptr<log::Cursor::Impl> cursor() const {
        return std::make_unique<log::Cursor::Impl>(entry_, log::StartFrom::beginning(), true);
    }

  private:
    void begin_segment() {
        log::SegmentHeader header;
        header.base_offset = next_;
        content_ = &disk_.make(log::segment_file_name(++number_));
        segment_ = std::make_shared<log::Segment>(files_, "/topic", number_, header);
        end_ = log::kSegmentHeaderSize;
        entry_->state.segments.append(segment_);
    }

    MemoryDisk disk_;
    log::OpenFiles files_{disk_, log::Access::read};
    log::BusConfig config_;
    std::shared_ptr<log::TopicEntry> entry_ = std::make_shared<log::TopicEntry>(config_, "topic", 1, "/topic");
    std::shared_ptr<log::Segment> segment_;
    MemoryDisk::Content* content_ = nullptr;
    std::uint32_t number_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t next_ = 0;
};

// Waits for the next batch as Cursor::next_batch() does; an error ends it.
inline tl::expected<log::Cursor::Batch, std::error_code> next_batch(log::Cursor::Impl& cursor) {
    while (true) {
        auto batch = cursor.poll({});
        if (!batch || !batch->empty()) return batch;
        cursor.sleep_until({});
    }
}

}  // namespace station::piece
