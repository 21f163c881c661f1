#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <station/log/detail/follower.hpp>
#include <station/log/detail/scan.hpp>
#include <thread>

namespace station::log {
namespace {

// The valid records that were added to a segment since; false where it can't be read.
bool read_on(OpenFiles& files, Segment& segment, TopicState& topic, std::size_t index_stride) {
    const auto file = files.share(segment.path());
    if (!file) return false;
    const auto size = (*file)->size();
    if (!size) return false;
    RecordWindow window;
    std::uint64_t at = segment.end();
    std::uint64_t offset = segment.next_offset();
    Record record;
    while (at < *size) {
        const auto decoded = window.decode(segment, at, *size, record);
        if (!decoded || *decoded != Decoded::ok || record.offset != offset) break;
        segment.add_to_index(at, record, index_stride);
        at += record.size();
        segment.advance(at, record);
        ++offset;
    }
    topic.next_offset.store(offset, std::memory_order_release);
    return true;
}

std::shared_ptr<Segment> open_next(OpenFiles& files, const TopicState& topic, std::uint32_t number, std::uint64_t base) {
    const auto file = files.open(topic.folder / segment_file_name(number), Open::read);
    if (!file) return nullptr;
    const auto size = (*file)->size();
    if (!size || *size < kSegmentHeaderSize) return nullptr;
    RecordWindow window;
    FileReader source{**file};
    const auto head = window.bytes(source, 0, kSegmentHeaderSize, kSegmentHeaderSize);
    SegmentHeader header;
    if (!head || decode_segment_header(*head, header) != Decoded::ok || header.base_offset != base) return nullptr;
    return std::make_shared<Segment>(files, topic.folder, number, header);
}

}  // namespace

void catch_up(OpenFiles& files, TopicState& topic, std::size_t index_stride) {
    for (;;) {
        const auto last = topic.segments.last();
        std::uint32_t number = 1;
        if (last != nullptr) {
            if (!read_on(files, *last, topic, index_stride)) return;
            number = last->number() + 1;
        }
        // The next segment's header is written after the last record of this one.
        auto next = open_next(files, topic, number, last ? last->next_offset() : 0);
        if (next == nullptr) break;
        topic.segments.append(std::move(next));
        if (last != nullptr) last->seal();
    }
    topic.waiters.wake_all();
}

class Follower::Thread {
  public:
    Thread(OpenFiles& files, std::vector<TopicState*> topics, std::size_t index_stride)
        : files_(files), topics_(std::move(topics)), index_stride_(index_stride) {
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
        for (TopicState* const topic : topics_) catch_up(files_, *topic, index_stride_);
    }

    OpenFiles& files_;
    std::vector<TopicState*> topics_;
    std::size_t index_stride_;
    int changes_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    int stop_ = ::eventfd(0, EFD_CLOEXEC);
    std::jthread thread_;
};

Follower::Follower(OpenFiles& files, std::vector<TopicState*> topics, std::size_t index_stride)
    : thread_(std::make_unique<Thread>(files, std::move(topics), index_stride)) {}

Follower::~Follower() = default;

}  // namespace station::log
