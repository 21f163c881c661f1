#include <algorithm>
#include <station/log/bus.hpp>
#include <utility>
#include <vector>

#include "commands/output.hpp"
#include "copies.hpp"
#include "engine/jetstream/search.hpp"
#include "server/station.hpp"

namespace station::final_station {
namespace {

class FolderCopy final : public Copy {
  public:
    FolderCopy(log::Bus bus, log::Topic topic, std::uint64_t shift, std::optional<Last> last)
        : bus_(std::move(bus)), topic_(std::move(topic)), shift_(shift), last_(last) {}

    const std::optional<Last>& last() const override { return last_; }

    tl::expected<void, std::string> put(std::span<const log::EventView> events) override {
        std::vector<log::Stamp> stamps;
        stamps.reserve(events.size());
        std::vector<log::Message> messages;
        for (const log::EventView& event : events) {
            stamps.push_back({event.id, event.time, event.offset - shift_});
            messages.push_back({event.payload, event.headers, &stamps.back()});
        }
        std::vector<log::Receipt> receipts;
        const std::error_code error = topic_.publish_batch(messages, receipts);
        stored_ += receipts.size();
        if (!error) return {};
        const std::uint64_t refused = events[std::min(receipts.size(), events.size() - 1)].offset;
        return tl::unexpected(topic_.name() + ": event " + std::to_string(refused) + ": " + error.message());
    }

    tl::expected<void, std::string> settle() override { return {}; }
    tl::expected<void, std::string> finish() override {
        if (const auto error = bus_.shutdown()) return tl::unexpected(error.message());
        return {};
    }
    void stop() override {}
    std::uint64_t stored() const override { return stored_; }

  private:
    log::Bus bus_;
    log::Topic topic_;
    const std::uint64_t shift_;
    const std::optional<Last> last_;
    std::uint64_t stored_ = 0;
};

tl::expected<log::EventId, std::string> last_id(log::Topic& topic) {
    auto cursor = topic.subscribe(log::StartFrom::offset(topic.next_offset() - 1));
    const auto batch = cursor.poll();
    if (!batch) return tl::unexpected(topic.name() + ": " + batch.error().message());
    if (batch->empty()) return tl::unexpected(topic.name() + ": its last event can't be read");
    return batch->front().id;
}

}  // namespace

tl::expected<CopyPointer, std::string> folder_copy(const std::string& dir, const std::string& name,
                                                   const jetstream::Connection& connection,
                                                   const jetstream::StreamState& stream) {
    log::BusConfig config;
    config.dir = dir;
    config.first_topic = kFirstTopic;
    config.max_payload = log::kMaxPayload;
    auto bus = log::Bus::open(std::move(config));
    if (!bus) return tl::unexpected(bus.error().message());
    auto topic = bus->topic(name);
    if (!topic) return tl::unexpected(name + ": " + topic.error().message());
    if (topic->is_ledger()) return tl::unexpected(name + ": " + make_error_code(log::Errc::ledger_topic).message());
    std::optional<Copy::Last> last;
    std::uint64_t shift = stream.first_offset();
    if (topic->next_offset() > 0) {
        const auto id = last_id(*topic);
        if (!id) return tl::unexpected(id.error());
        const auto found = jetstream::find(connection, name, stream, {.by = log::Target::By::id, .id = *id});
        if (!found) return tl::unexpected(found.error().message());
        if (!found->matched.value_or(false) || found->offset + 1 < topic->next_offset()) {
            return tl::unexpected(name + ": the stream does not hold its last event, " + id->to_text() +
                                  ": it is no copy");
        }
        last = Copy::Last{found->offset, *id};
        shift = found->offset + 1 - topic->next_offset();
    }
    if (shift > 0) fail(name + ": its offsets are " + std::to_string(shift) + " less than the stream's");
    return std::make_unique<FolderCopy>(std::move(*bus), std::move(*topic), shift, last);
}

}  // namespace station::final_station
