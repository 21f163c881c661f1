#include <station/ledger/store/detail/core.hpp>
#include <station/log/layout.hpp>

namespace station::ledger {
namespace {

// Each event as it is: its bytes, id, time and offset.
std::optional<Error> copy_events(log::Cursor& from, log::Topic& to, std::uint64_t end) {
    std::vector<log::Stamp> stamps;
    std::vector<log::Message> messages;
    while (to.next_offset() < end) {
        const auto batch = from.poll();
        if (!batch) return Error{batch.error(), "offset " + std::to_string(from.position())};
        if (batch->empty()) return Error{Errc::damaged, "offset " + std::to_string(from.position())};
        stamps.clear();
        messages.clear();
        stamps.reserve(batch->size());
        for (const log::EventView& record : *batch) {
            if (record.offset >= end) break;
            stamps.push_back({record.id, record.time, record.offset});
            messages.push_back({record.payload, record.headers, &stamps.back()});
        }
        if (const auto stored = to.publish_batch(messages); !stored) return Error{stored.error()};
    }
    return std::nullopt;
}

}  // namespace

Result<void> Core::snapshot(const log::Path& dir) {
    if (auto error = damage()) return tl::unexpected(std::move(*error));
    const auto end = this->end();
    if (!end) return tl::unexpected(end.error());
    log::BusConfig config;
    config.dir = dir;
    config.durability = log::Durability::os();
    config.max_payload = log::kMaxPayload;
    config.writer_threads = 1;
    config.disk = config_.disk;
    config.clock = config_.clock;
    auto bus = log::Bus::open(std::move(config));
    if (!bus) return failed(bus.error().code, bus.error().where);
    auto topic = bus->topic(topic_.name());
    if (!topic) return failed(topic.error(), dir.string());
    if (topic->next_offset() > 0) return failed(Errc::snapshot_exists, dir.string());
    auto copy = topic->claim();
    if (!copy) return failed(copy.error(), dir.string());
    log::Cursor cursor = topic_.subscribe(log::StartFrom::offset(0));
    if (auto error = copy_events(cursor, *copy, *end)) {
        error->where = dir.string() + (error->where.empty() ? "" : ", " + error->where);
        return tl::unexpected(std::move(*error));
    }
    if (const auto error = copy->sync()) return failed(error, dir.string());
    if (const auto error = bus->shutdown()) return failed(error, dir.string());
    return {};
}

Result<void> Core::snapshot_keys(const log::Path& dir) {
    if (keys_ == nullptr) return {};
    const std::lock_guard lock{erasing_};
    const log::Path file = dir / log::kTopicsFolder / topic_.name() / kKeysFile;
    if (const auto error = keys_->copy_to(file)) return failed(error, file.string());
    return {};
}

std::string Core::diagnostics() const {
    if (closed_.load()) return "closed";
    if (const auto error = damage()) return "damaged at " + error->where;
    switch (topic_.condition()) {
        case log::Condition::failed: return "failed: the disk refused a write or a sync, open it again to recover";
        case log::Condition::closed: return "closed";
        case log::Condition::deleted: return "deleted";
        case log::Condition::unreadable: return "unreadable: " + topic_.problem().message();
        default: return sequencer_ == nullptr ? "read_only" : "open";
    }
}

}  // namespace station::ledger
