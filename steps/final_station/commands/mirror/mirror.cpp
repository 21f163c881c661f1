#include "mirror.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <station/flow/shutdown_signal.hpp>
#include <utility>

#include "commands/output.hpp"
#include "copies.hpp"
#include "digest.hpp"
#include "engine/jetstream/stream.hpp"
#include "feed.hpp"

namespace station::final_station {
namespace {

using Connection = std::shared_ptr<jetstream::Connection>;

// A leader may be elected just now.
constexpr std::chrono::seconds kPatience{30};

template <typename T>
using Said = tl::expected<T, std::string>;

Said<Connection> connect(const MirrorOptions& options) {
    jetstream::Config config = options.jetstream;
    config.patience = kPatience;
    config.logger = [](log::Severity severity, std::string_view text) {
        if (severity != log::Severity::info) fail(std::string{text});
    };
    auto connection = jetstream::Connection::open(std::move(config));
    if (!connection) return tl::unexpected(connection.error().message());
    return std::move(*connection);
}

Said<FeedPointer> local_feed(const MirrorOptions& options) {
    if (options.server) return server_feed(*options.server, options.topic);
    return folder_feed(options.dir, options.topic);
}

Said<CopyPointer> open_copy(const MirrorOptions& options, const Connection& connection, Feed& feed,
                            const Extent& extent) {
    if (!options.is_home) {
        return stream_copy(connection, options.topic, options.replicas, extent, [&feed] { feed.interrupt(); });
    }
    const auto stream = jetstream::stream_state(*connection, options.topic);
    if (!stream) return tl::unexpected(stream.error().message());
    return folder_copy(options.dir, options.topic, *connection, *stream);
}

class Mirror {
  public:
    Mirror(const MirrorOptions& options, Feed& feed, Copy& copy) : options_(options), feed_(feed), copy_(copy) {}

    int run(const Extent& extent) {
        const auto& last = copy_.last();
        if (last && last->offset >= extent.next_offset) {
            return fail(options_.topic + ": the copy goes up to event " + std::to_string(last->offset) +
                        ", and what it is to be a copy of ends before " + std::to_string(extent.next_offset));
        }
        from_ = last ? last->offset + 1 : extent.first_offset;
        // The last one is read once more, to see that it is the same.
        must_match_ = last && last->offset >= extent.first_offset;
        end_ = extent.next_offset;
        std::optional<std::uint64_t> until;
        if (options_.once) until = end_;
        const flow::ShutdownSignal interrupted{[this] {
            feed_.interrupt();
            copy_.stop();
        }};
        if (!must_match_ && from_ == end_) is_caught_up_ = say_caught_up();
        const auto read = feed_.run(must_match_ ? from_ - 1 : from_, until,
                                    [this](std::span<const log::EventView> events) { return take(events); });
        const auto finished = problem_.empty() ? copy_.finish() : Said<void>{};
        std::printf("%llu events copied\n", static_cast<unsigned long long>(copy_.stored()));
        if (!problem_.empty()) return fail(problem_);
        if (!read) return fail(read.error());
        if (!finished) return fail(finished.error());
        return flush_output() ? 0 : kFailure;
    }

  private:
    bool take(std::span<const log::EventView> events) {
        if (must_match_) {
            must_match_ = false;
            const log::EventView& first = events.front();
            if (first.id != copy_.last()->id) {
                problem_ = options_.topic + ": event " + std::to_string(first.offset) + " is " + first.id.to_text() +
                           ", and " + copy_.last()->id.to_text() + " in the copy: it is no copy of this";
                return false;
            }
            events = events.subspan(1);
        }
        if (!events.empty()) {
            if (auto put = copy_.put(events); !put) {
                problem_ = put.error();
                return false;
            }
            from_ += events.size();
        }
        return is_caught_up_ || from_ < end_ || (is_caught_up_ = say_caught_up());
    }

    // What was there at the start is stored; false where it is not.
    bool say_caught_up() {
        if (options_.once) return true;
        if (auto settled = copy_.settle(); !settled) {
            problem_ = settled.error();
            return false;
        }
        std::printf("caught up at offset %llu; following\n", static_cast<unsigned long long>(from_));
        return flush_output();
    }

    const MirrorOptions& options_;
    Feed& feed_;
    Copy& copy_;
    std::uint64_t from_ = 0;  // behind what was put
    std::uint64_t end_ = 0;   // of the feed, at the start
    bool must_match_ = false;
    bool is_caught_up_ = false;
    std::string problem_;
};

// What a feed holds between two offsets, in a line on standard output.
Said<std::string> digest_of(Feed& feed, const char* name, std::uint64_t from, std::uint64_t until,
                            const std::atomic<bool>& is_interrupted) {
    Digest digest;
    const auto read = feed.run(from, until, [&](std::span<const log::EventView> events) {
        digest.add(events);
        return true;
    });
    if (!read) return tl::unexpected(read.error());
    if (is_interrupted) return tl::unexpected(std::string{"interrupted"});
    std::string text = std::to_string(digest.events()) + " events, blake3 " + digest.hash();
    std::printf("%s: %s\n", name, text.c_str());
    return text;
}

int verify(const MirrorOptions& options, Feed& local, Feed& stream) {
    // What is copied is looked at first: it is never ahead of what it is a copy of.
    Feed& copy = options.is_home ? local : stream;
    Feed& original = options.is_home ? stream : local;
    const auto copied = copy.extent();
    if (!copied) return fail(copied.error());
    const auto there = original.extent();
    if (!there) return fail(there.error());
    std::atomic<bool> is_interrupted{false};
    const flow::ShutdownSignal interrupted{[&] {
        is_interrupted = true;
        original.interrupt();
        copy.interrupt();
    }};
    // By retention the original may begin later by now. A copy at home has offsets of its own.
    const std::uint64_t begin =
        options.is_home ? copied->first_offset : std::max(copied->first_offset, there->first_offset);
    const auto first = digest_of(original, "original", there->first_offset, there->next_offset, is_interrupted);
    if (!first) return fail(first.error());
    const auto second = digest_of(copy, "copy", begin, std::max(begin, copied->next_offset), is_interrupted);
    if (!second) return fail(second.error());
    if (*first != *second) return fail(options.topic + ": the copy differs");
    std::puts("equal");
    return flush_output() ? 0 : kFailure;
}

}  // namespace

int mirror(const MirrorOptions& options) {
    const auto connection = connect(options);
    if (!connection) return fail(connection.error());
    auto stream = stream_feed(*connection, options.topic);
    if (options.is_home && !options.verify) {
        const auto extent = stream->extent();
        if (!extent) return fail(extent.error());
        const auto copy = open_copy(options, *connection, *stream, *extent);
        return copy ? Mirror{options, *stream, **copy}.run(*extent) : fail(copy.error());
    }
    const auto local = local_feed(options);
    if (!local) return fail(local.error());
    if (options.verify) return verify(options, **local, *stream);
    const auto extent = (*local)->extent();
    if (!extent) return fail(extent.error());
    const auto copy = open_copy(options, *connection, **local, *extent);
    return copy ? Mirror{options, **local, **copy}.run(*extent) : fail(copy.error());
}

}  // namespace station::final_station
