#include <algorithm>
#include <mutex>
#include <station/log/bus.hpp>
#include <utility>

#include "feed.hpp"

namespace station::final_station {
namespace {

class FolderFeed final : public Feed {
  public:
    FolderFeed(log::Bus bus, log::Topic topic)
        : bus_(std::move(bus)), topic_(std::move(topic)), cursor_(topic_.subscribe(log::StartFrom::now())) {}

    tl::expected<Extent, std::string> extent() override { return Extent{topic_.first_offset(), topic_.next_offset()}; }

    tl::expected<void, std::string> run(std::uint64_t from, std::optional<std::uint64_t> until,
                                        const Sink& sink) override {
        {
            const std::lock_guard lock{mutex_};
            if (is_interrupted_) return {};
            cursor_ = topic_.subscribe(log::StartFrom::offset(from));
        }
        while (!until || from < *until) {
            const auto batch = cursor_.next_batch();
            if (!batch && batch.error() == log::Errc::cancelled) return {};
            if (!batch && batch.error() == log::Errc::damaged) {
                const log::Damage& damage = cursor_.damage();
                return tl::unexpected(damage.file + ": " +
                                      missing_in_words(topic_.name(), damage.first_offset, damage.next_offset));
            }
            if (!batch && batch.error() == log::Errc::retained) {
                return tl::unexpected(missing_in_words(topic_.name(), cursor_.lost().from, cursor_.lost().to));
            }
            if (!batch) return tl::unexpected(topic_.name() + ": " + batch.error().message());
            std::span<const log::EventView> events = *batch;
            if (events.empty()) continue;
            if (events.front().offset != from) {
                return tl::unexpected(missing_in_words(topic_.name(), from, events.front().offset));
            }
            if (until) events = events.first(std::min<std::uint64_t>(events.size(), *until - from));
            from += events.size();
            if (!sink(events)) return {};
        }
        return {};
    }

    void interrupt() override {
        const std::lock_guard lock{mutex_};
        is_interrupted_ = true;
        cursor_.cancel();
    }

  private:
    log::Bus bus_;
    log::Topic topic_;
    std::mutex mutex_;  // of replacing the cursor, and interrupt()
    bool is_interrupted_ = false;
    log::Cursor cursor_;
};

}  // namespace

std::string missing_in_words(const std::string& topic, std::uint64_t from, std::uint64_t to) {
    return topic + ": events " + std::to_string(from) + " up to " + std::to_string(to) +
           " are not there: a copy would have other offsets";
}

tl::expected<FeedPointer, std::string> folder_feed(const std::string& dir, const std::string& name) {
    log::BusConfig config;
    config.dir = dir;
    config.read_only = true;
    auto bus = log::Bus::open(std::move(config));
    if (!bus) return tl::unexpected(bus.error().message());
    auto topic = bus->topic(name);
    if (!topic) return tl::unexpected(name + ": " + topic.error().message());
    return std::make_unique<FolderFeed>(std::move(*bus), std::move(*topic));
}

}  // namespace station::final_station
