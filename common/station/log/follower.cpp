#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <station/log/follower.hpp>
#include <station/log/scan.hpp>
#include <thread>

namespace station::log {
namespace {

// The valid records that were added to a segment since; false where it can't be read.
bool read_on(Segment& segment, TopicState& topic, std::size_t index_stride) {
    const auto file = segment.file();
    if (!file) return false;
    const auto size = (*file)->size();
    if (!size) return false;
    RecordWindow window;
    std::uint64_t at = segment.end();
    std::uint64_t offset = segment.next_offset();
    Record record;
    while (at < *size) {
        const auto decoded = window.decode(**file, at, *size, record);
        if (!decoded || *decoded != Decoded::ok || record.offset != offset) break;
        segment.add_to_index(at, record, index_stride);
        at += record.size();
        segment.advance(at, record);
        ++offset;
    }
    topic.next_offset.store(offset, std::memory_order_release);
    return true;
}

std::shared_ptr<Segment> open_next(Disk& disk, const TopicState& topic, std::uint32_t number, std::uint64_t base) {
    const auto file = disk.open(topic.folder / segment_file_name(number), Open::read);
    if (!file) return nullptr;
    const auto size = (*file)->size();
    if (!size || *size < kSegmentHeaderSize) return nullptr;
    RecordWindow window;
    const auto head = window.bytes(**file, 0, kSegmentHeaderSize, kSegmentHeaderSize);
    SegmentHeader header;
    if (!head || decode_segment_header(*head, header) != Decoded::ok || header.base_offset != base) return nullptr;
    return std::make_shared<Segment>(disk, topic.folder, number, header);
}

}  // namespace

void catch_up(Disk& disk, TopicState& topic, std::size_t index_stride) {
    for (;;) {
        const auto last = topic.segments.last();
        std::uint32_t number = 1;
        if (last != nullptr) {
            if (!read_on(*last, topic, index_stride)) return;
            number = last->number() + 1;
        }
        // The next segment's header is written after the last record of this one.
        auto next = open_next(disk, topic, number, last ? last->next_offset() : 0);
        if (next == nullptr) break;
        topic.segments.append(std::move(next));
        if (last != nullptr) last->seal();
    }
    topic.waiters.wake_all();
}

class Follower::Thread {
  public:
    Thread(Disk& disk, std::vector<TopicState*> topics, std::size_t index_stride)
        : disk_(disk), topics_(std::move(topics)), index_stride_(index_stride) {
        for (const TopicState* const topic : topics_) {
            ::inotify_add_watch(changes_, topic->folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
        }
        thread_ = std::jthread{[this] { run(); }};
    }

    ~Thread() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
        thread_.join();
        ::close(changes_);
        ::close(stop_);
    }

  private:
    void run() {
        // What was added between the first look and the watch.
        catch_up_all();
        for (;;) {
            std::array<pollfd, 2> ready{{{changes_, POLLIN, 0}, {stop_, POLLIN, 0}}};
            if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
            if (ready[1].revents != 0) return;
            std::array<char, 16384> events;
            while (::read(changes_, events.data(), events.size()) > 0) {
            }
            catch_up_all();
        }
    }

    void catch_up_all() {
        for (TopicState* const topic : topics_) catch_up(disk_, *topic, index_stride_);
    }

    Disk& disk_;
    std::vector<TopicState*> topics_;
    std::size_t index_stride_;
    int changes_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int stop_ = ::eventfd(0, EFD_CLOEXEC);
    std::jthread thread_;
};

Follower::Follower(Disk& disk, std::vector<TopicState*> topics, std::size_t index_stride)
    : thread_(std::make_unique<Thread>(disk, std::move(topics), index_stride)) {}

Follower::~Follower() = default;

}  // namespace station::log
