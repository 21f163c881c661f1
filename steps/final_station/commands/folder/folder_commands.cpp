#include "folder_commands.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <station/flow/shutdown_signal.hpp>
#include <station/log/bus.hpp>
#include <station/log/event_json.hpp>
#include <station/log/layout.hpp>
#include <station/log/retention_text.hpp>
#include <station/log/topic_pattern.hpp>
#include <station/log/verify.hpp>
#include <utility>

#include "commands/output_watch.hpp"
#include "commands/progress.hpp"
#include "commands/standard_input.hpp"
#include "server/station.hpp"

namespace station::final_station {
namespace {

enum class For { writing, reading, following };

log::Result<log::Bus> open_bus(const FolderOptions& options, For what) {
    log::BusConfig config;
    config.dir = options.dir;
    config.read_only = what != For::writing;
    config.follow = what == For::following;
    config.first_topic = kFirstTopic;
    config.segment_bytes = options.segment_bytes;
    config.max_payload = options.max_payload;
    config.durability = log::Durability::parse(options.durability).value_or(log::Durability{});
    config.logger = [](log::Severity severity, std::string_view text) {
        if (severity == log::Severity::info) return;
        std::fprintf(stderr, "station: %.*s\n", static_cast<int>(text.size()), text.data());
    };
    auto progress = std::make_shared<Progress>("recovering");
    config.progress = [progress](std::uint64_t bytes) { (*progress)(bytes); };
    auto bus = log::Bus::open(std::move(config));
    progress->clear();
    return bus;
}

// Prints the receipts of those that were stored: the first ones, up to the one that met an error.
std::error_code publish_all(log::Topic& topic, const std::vector<std::string>& payloads, log::Bytes headers,
                            std::size_t& stored) {
    std::vector<log::Message> messages;
    for (const std::string& payload : payloads) messages.push_back({log::as_bytes(payload), headers});
    std::vector<log::Receipt> receipts;
    const auto error = topic.publish_batch(messages, receipts);
    for (const log::Receipt& receipt : receipts) print_receipt(receipt.offset, receipt.id.to_text(), receipt.time);
    std::fflush(stdout);
    stored = receipts.size();
    return error;
}

// Standard input's lines, as they come: those that are there already share a write and a sync.
class LinePublisher {
  public:
    LinePublisher(log::Topic& topic, log::Bytes headers, const PublishOptions& options)
        : topic_(topic), headers_(headers), options_(options), input_(options.keep_cr) {}

    // The status; what went wrong has been said.
    int run() {
        constexpr std::size_t kMost = 1024;
        std::string line;
        while (!input_.at_end()) {
            bool there_is_more = true;
            while (lines_.size() < kMost && (there_is_more = input_.next(line))) lines_.push_back(std::move(line));
            if (!publish()) return kFailure;
            if (!there_is_more && !input_.at_end()) input_.read();
        }
        if (input_.failed()) return fail(kUnreadable);
        return refused_ == 0 ? 0 : end_of_refused(refused_);
    }

  private:
    bool publish() {
        while (!lines_.empty()) {
            std::size_t stored = 0;
            const auto error = publish_all(topic_, lines_, headers_, stored);
            if (!error) stored = lines_.size();
            number_ += stored;
            lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(stored));
            if (!error) break;
            say_refused(++number_, error.message());
            if (!options_.keep_going) return false;
            ++refused_;
            lines_.erase(lines_.begin());
        }
        return true;
    }

    log::Topic& topic_;
    log::Bytes headers_;
    const PublishOptions& options_;
    StandardInput input_;
    std::vector<std::string> lines_;
    std::uint64_t number_ = 0;  // of the last line that has its answer
    std::uint64_t refused_ = 0;
};

void print(const log::Topic& topic, const log::EventView& event, bool json) {
    if (json) {
        std::puts(log::event_json(topic.name(), event).c_str());
        return;
    }
    print_payload(log::as_text(event.payload));
}

std::string words(const log::Damage& damage) {
    return damage.file + ": byte " + std::to_string(damage.from) + " up to " + std::to_string(damage.to) + ": " +
           damage.reason + " (events " + std::to_string(damage.first_offset) + " up to " +
           std::to_string(damage.next_offset) + ")";
}

TopicLine line_of(const log::Topic& topic) {
    const log::TopicStats stats = topic.stats();
    return {topic.name(),     topic.stream(), topic.first_offset(),      topic.next_offset(),
            stats.disk_bytes, stats.segments, to_json(topic.recovery()), log::to_json(topic.retention())};
}

int print_events(const log::Topic& topic, log::Cursor& cursor, const FolderOptions& options,
                 const ReplayOptions& replay) {
    const std::uint64_t end = topic.next_offset();
    int status = 0;
    std::uint64_t bytes = 0;
    // Events on a terminal show by themselves how far they are.
    Progress progress{"replaying", !replay.follow && ::isatty(STDOUT_FILENO) == 0};
    for (std::uint64_t printed = 0; replay.limit == 0 || printed < replay.limit;) {
        log::Cursor::Limits limits;
        if (replay.limit != 0) limits.events = std::min<std::uint64_t>(limits.events, replay.limit - printed);
        const auto batch = replay.follow ? cursor.next_batch(limits) : cursor.poll(limits);
        if (!batch && batch.error() == log::Errc::damaged) {
            status = fail(words(cursor.damage()));
            cursor.skip_damage();
            continue;
        }
        if (!batch && batch.error() == log::Errc::retained) {
            status = say_lost(topic.name(), cursor.lost().from, cursor.lost().to);
            continue;
        }
        if (!batch && batch.error() == log::Errc::cancelled) break;
        if (!batch) return fail(batch.error().message());
        for (const log::EventView& event : *batch) {
            if (!replay.follow && event.offset >= end) return status;
            print(topic, event, options.json);
            bytes += event.size();
            ++printed;
        }
        progress(bytes);
        if (!flush_output()) return kFailure;
        if (batch->empty()) break;
    }
    return status;
}

}  // namespace

int init(const FolderOptions& options) {
    auto bus = open_bus(options, For::writing);
    if (!bus) return fail(bus.error().message());
    for (const std::string& name : options.topics) {
        const auto topic = bus->topic(name);
        if (!topic) return fail(name + ": " + topic.error().message());
    }
    const auto error = bus->shutdown();
    return error ? fail(error.message()) : 0;
}

int publish(const FolderOptions& options, const PublishOptions& publish) {
    const auto publication = read_publication(options.topics.front(), publish);
    if (!publication) return fail(publication.error().what, publication.error().status);
    auto bus = open_bus(options, For::writing);
    if (!bus) return fail(bus.error().message());
    auto topic = bus->topic(options.topics.front());
    if (!topic) return fail(topic.error().message());
    const auto packed = log::encode_headers(publication->headers);
    const auto& payloads = publication->payloads;
    int status = 0;
    if (payloads.empty()) {
        status = LinePublisher{*topic, packed, publish}.run();
    } else {
        std::size_t stored = 0;
        if (const auto refused = publish_all(*topic, payloads, packed, stored)) status = fail(refused.message());
    }
    const auto error = bus->shutdown();
    if (status != 0) return status;
    return error ? fail(error.message()) : end_of_publish();
}

int replay(const FolderOptions& options, const ReplayOptions& replay) {
    if (replay.follow && (options.topics.size() > 1 || log::has_wildcard(options.topics.front()))) {
        return fail("several topics are followed on a server: --server", kUsage);
    }
    const auto from = read_start(replay);
    if (!from) return fail(from.error().what, from.error().status);
    auto bus = open_bus(options, replay.follow ? For::following : For::reading);
    if (!bus) return fail(bus.error().message());
    auto topic = bus->topic(options.topics.front());
    if (!topic) return fail(options.topics.front() + ": " + topic.error().message());
    auto cursor = topic->subscribe(*from);
    // Where its place can't be found now, reading says so.
    const bool located = !cursor.locate();
    if (located && !cursor.start().complete) {
        say_incomplete(topic->name(), cursor.start().from_offset);
    }
    if (located && !cursor.start().matched.value_or(true)) {
        say_unmatched(topic->name(), cursor.start().from_offset);
    }
    if (!replay.follow) return print_events(*topic, cursor, options, replay);
    std::atomic<bool> is_read{true};
    const flow::ShutdownSignal interrupted{[&] { cursor.cancel(); }};
    const OutputWatch watch{[&] {
        is_read = false;
        cursor.cancel();
    }};
    const int status = print_events(*topic, cursor, options, replay);
    return status == 0 && !is_read ? fail(kOutputClosed) : status;
}

// Only what changes something needs the folder to itself.
int topic(const FolderOptions& options, const TopicOptions& change) {
    const std::string& name = options.topics.front();
    const bool changes = change.remove || !change.retain_bytes.empty() || !change.retain_age.empty();
    auto bus = open_bus(options, changes ? For::writing : For::reading);
    if (!bus) return fail(bus.error().message());
    const auto all = bus->topics();
    const auto found = std::find_if(all.begin(), all.end(), [&](const log::Topic& one) { return one.name() == name; });
    if (found == all.end()) return fail(name + ": " + make_error_code(log::Errc::no_such_topic).message());
    log::Topic topic = *found;
    std::error_code error;
    if (change.remove) {
        error = bus->delete_topic(name);
    } else if (changes) {
        error = topic.retain(changed(topic.retention(), change));
    }
    if (error) return fail(name + ": " + error.message());
    if (!change.remove) print_topic(line_of(topic), options.json);
    if (const auto late = bus->shutdown()) return fail(late.message());
    return flush_output() ? 0 : kFailure;
}

int topics(const FolderOptions& options) {
    auto bus = open_bus(options, For::reading);
    if (!bus) return fail(bus.error().message());
    std::vector<TopicLine> lines;
    for (const log::Topic& topic : bus->topics()) lines.push_back(line_of(topic));
    print_topics(lines, options.json);
    return flush_output() ? 0 : kFailure;
}

int verify(const FolderOptions& options) {
    Progress progress{"verifying"};
    const auto verdicts = log::verify(log::posix_disk(), options.dir, options.topics, std::ref(progress));
    if (!verdicts) return fail(verdicts.error().message());
    int status = 0;
    for (const log::TopicVerdict& verdict : *verdicts) {
        if (!verdict.damage.empty()) status = kFailure;
        if (options.json) {
            std::puts(to_json(verdict).c_str());
            continue;
        }
        std::printf("%s: %llu events, %llu bytes, %llu segments, %s\n", verdict.topic.c_str(),
                    static_cast<unsigned long long>(verdict.events), static_cast<unsigned long long>(verdict.bytes),
                    static_cast<unsigned long long>(verdict.segments), verdict.damage.empty() ? "sound" : "DAMAGED");
        for (const std::string& note : verdict.notes) std::printf("  note: %s\n", note.c_str());
        for (const log::Damage& damage : verdict.damage) std::printf("  damage: %s\n", words(damage).c_str());
    }
    return flush_output() ? status : kFailure;
}

int dump(const FolderOptions& options) {
    const log::Path root = log::Path{options.dir} / "topics";
    auto names = options.topics;
    if (names.empty()) {
        auto found = log::posix_disk().list(root);
        if (!found) return fail(options.dir + ": " + make_error_code(log::Errc::no_bus).message());
        names = std::move(*found);
        std::sort(names.begin(), names.end());
    }
    for (const std::string& name : names) {
        auto files = log::posix_disk().list(root / name);
        if (!files) return fail(name + ": " + files.error().message());
        std::sort(files->begin(), files->end());
        for (const std::string& file : *files) {
            if (!log::segment_number(file)) continue;
            const log::Path path = root / name / file;
            std::puts(path.c_str());
            const auto error = log::dump_segment(log::posix_disk(), path,
                                                 [](const std::string& line) { std::printf("  %s\n", line.c_str()); });
            if (error) return fail(path.string() + ": " + error.message());
        }
    }
    return flush_output() ? 0 : kFailure;
}

}  // namespace station::final_station
