#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <station/log/detail/folder.hpp>
#include <station/log/detail/follower.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/layout.hpp>

namespace station::log {
namespace {

constexpr std::chrono::milliseconds kShortest{1};
constexpr std::chrono::milliseconds kLongest{1000};        // between two looks, where the kernel says what changes
constexpr std::chrono::milliseconds kLongestWithout{100};  // and where it does not

}  // namespace

Expected<std::uint64_t> sealed_end(Disk& disk, const Path& folder) {
    const auto names = disk.list(folder);
    if (!names && names.error() == std::errc::no_such_file_or_directory) return std::uint64_t{0};
    if (!names) return tl::unexpected(names.error());
    std::uint64_t end = 0;
    for (const std::string& name : *names) {
        if (!segment_number(name)) continue;
        const auto header = read_header(disk, folder / name);
        if (!header) return tl::unexpected(header.error());
        if (*header) end = std::max(end, (*header)->base_offset);
    }
    return end;
}

Follower::Follower(OpenFiles& files, const BusConfig& config, std::vector<TopicState*> topics)
    : files_(files), config_(config), topics_(std::move(topics)) {}

Expected<std::unique_ptr<Follower>> Follower::start(OpenFiles& files, const BusConfig& config,
                                                    std::vector<TopicState*> topics) {
    std::unique_ptr<Follower> follower{new Follower{files, config, std::move(topics)}};
    if (const auto error = follower->begin()) return tl::unexpected(error);
    return follower;
}

std::error_code Follower::begin() try {
    stop_ = base::Descriptor{::eventfd(0, EFD_CLOEXEC)};
    if (!stop_) return system_error(errno);
    watch();
    thread_ = std::jthread{[this] { run(); }};
    return {};
} catch (const std::system_error& error) {
    return error.code();
}

void Follower::watch() {
    changes_ = base::Descriptor{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    bool all = static_cast<bool>(changes_);
    for (const TopicState* const topic : topics_) {
        constexpr auto kWhat = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE;
        all = all && ::inotify_add_watch(changes_.get(), topic->folder.c_str(), kWhat) >= 0;
    }
    if (!all) changes_.reset();
}

Follower::~Follower() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

// False: it is to end.
bool Follower::wait(Pause pause) {
    // poll() passes over a negative descriptor.
    std::array<pollfd, 2> ready{{{stop_.get(), POLLIN, 0}, {changes_ ? changes_.get() : -1, POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(pause.count()));
    if (ready[1].revents != 0) {
        std::array<char, 16384> events;
        while (::read(changes_.get(), events.data(), events.size()) > 0) {
        }
    }
    return ready[0].revents == 0;
}

void Follower::run() {
    const Pause longest = changes_ ? kLongest : kLongestWithout;
    Pause pause = kShortest;
    do {
        const auto before = std::chrono::steady_clock::now();
        Expected<bool> news = false;
        try {
            news = look();
        } catch (const std::bad_alloc&) {
            news = tl::unexpected(std::make_error_code(std::errc::not_enough_memory));
        }
        tell(news ? std::error_code{} : news.error());
        // A wait that was cut short is a change: the mark moves a moment later.
        const bool changed = (news && *news) || before - last_wait_ < pause / 2;
        pause = changed ? kShortest : std::min(pause * 2, longest);
        last_wait_ = std::chrono::steady_clock::now();
    } while (wait(pause));
}

void Follower::tell(std::error_code error) {
    if (error == told_) return;
    told_ = error;
    if (!config_.logger) return;
    config_.logger(error ? Severity::warning : Severity::info,
                   error ? "the folder can't be followed now: " + error.message() : "the folder is followed again");
}

Expected<bool> Follower::look() {
    const auto owner = look_at_owner(config_.dir);
    if (!owner) return tl::unexpected(owner.error());
    bool news = false;
    // Whether files have gone takes asking for each: a reader that comes to one finds out by itself.
    const auto now = std::chrono::steady_clock::now();
    const bool files_due = now - looked_at_files_ >= kLongest;
    if (files_due) looked_at_files_ = now;
    for (TopicState* const topic : topics_) {
        if (topic->condition.load() == Condition::deleted) continue;
        if (files_due) {
            if (is_deleted(*topic)) continue;
            topic->segments.drop_missing();
        }
        std::uint64_t mark = owner->mark(topic->stream);
        if (owner->owned && !owner->marked) {
            const auto sealed = sealed_end(files_, topic->folder);
            if (!sealed) return tl::unexpected(sealed.error());
            mark = *sealed;
        }
        const auto more = catch_up(*topic, mark);
        if (!more) return more;
        news = news || *more;
    }
    return news;
}

Expected<bool> Follower::catch_up(TopicState& topic, std::uint64_t mark) {
    bool news = false;
    while (topic.next_offset.load(std::memory_order_relaxed) < mark) {
        if (const auto last = topic.segments.last(); last != nullptr && !last->has_lost_its_file()) {
            const auto more = read_on(*last, topic, mark);
            if (!more) return more;
            news = news || *more;
            if (topic.next_offset.load(std::memory_order_relaxed) >= mark) break;
        }
        if (is_deleted(topic)) break;
        auto next = open_next(topic);
        if (!next) return tl::unexpected(next.error());
        if (*next == nullptr) break;
        const auto last = topic.segments.last();
        topic.segments.append(std::move(*next));
        if (last != nullptr) last->seal();
        // What lies between has gone by retention.
        const std::uint64_t base = topic.segments.last()->base_offset();
        if (base > topic.next_offset.load(std::memory_order_relaxed)) topic.next_offset.store(base);
        topic.segments.drop_missing();
        news = true;
    }
    if (news) topic.waiters.wake_all();
    return news;
}

// The records that were added to a segment since, before the mark.
Expected<bool> Follower::read_on(Segment& segment, TopicState& topic, std::uint64_t mark) {
    const auto file = files_.share(segment.path());
    if (!file) return tl::unexpected(file.error());
    const auto size = (*file)->size();
    if (!size) return tl::unexpected(size.error());
    RecordWindow window;
    std::uint64_t at = segment.end();
    std::uint64_t offset = segment.next_offset();
    const std::uint64_t began = offset;
    Record record;
    while (offset < mark && at < *size) {
        const auto decoded = window.decode(segment, at, *size, record);
        if (!decoded) return tl::unexpected(decoded.error());
        if (*decoded != Decoded::ok || record.offset != offset) break;
        segment.add_to_index(at, record, config_.index_stride);
        at += record.size();
        segment.advance(at, record);
        ++offset;
    }
    topic.next_offset.store(offset, std::memory_order_release);
    return offset != began;
}

// The one after the last, unless that has gone by retention, and others with it.
Expected<std::uint32_t> Follower::next_number(const TopicState& topic) {
    const auto last = topic.segments.last();
    const std::uint32_t next = last ? last->number() + 1 : 1;
    if (files_.exists(topic.folder / segment_file_name(next)).value_or(true)) return next;
    if (last != nullptr && !last->has_lost_its_file()) return next;
    const auto names = files_.list(topic.folder);
    if (!names) return tl::unexpected(names.error());
    std::optional<std::uint32_t> lowest;
    for (const std::string& name : *names) {
        const auto number = segment_number(name);
        if (number && *number > next) lowest = std::min(lowest.value_or(*number), *number);
    }
    return lowest.value_or(next);
}

// Its folder is gone: who sleeps on it must hear of that.
bool Follower::is_deleted(TopicState& topic) {
    if (files_.exists(topic.folder).value_or(true)) return false;
    topic.condition.store(Condition::deleted);
    topic.waiters.wake_all();
    return true;
}

// nullptr: it is not there yet. Its header is written after the last record of the one before it.
Expected<std::shared_ptr<Segment>> Follower::open_next(const TopicState& topic) {
    const auto last = topic.segments.last();
    const auto number = next_number(topic);
    if (!number) return tl::unexpected(number.error());
    const auto header = read_header(files_, topic.folder / segment_file_name(*number));
    if (!header) return tl::unexpected(header.error());
    const std::uint64_t next = topic.next_offset.load(std::memory_order_relaxed);
    const bool follows = last == nullptr || *number == last->number() + 1;
    if (!*header || (*header)->base_offset < next || (follows && (*header)->base_offset != next)) return nullptr;
    return std::make_shared<Segment>(files_, topic.folder, *number, **header);
}

}  // namespace station::log
