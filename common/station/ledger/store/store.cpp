#include <algorithm>
#include <station/base/one_shot.hpp>
#include <station/ledger/store/detail/core.hpp>
#include <station/ledger/store/projection_cache.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/message_pack.hpp>

namespace station::ledger {
namespace {

std::optional<Error> check(const NewEvent& event) {
    if (event.kind == kinds::bypass || event.kind == kinds::erased) return Error{Errc::reserved_kind, event.kind.to_text()};
    if (const auto error = check_payload(event.payload)) return Error{error};
    return std::nullopt;
}

std::optional<Error> check_batch(std::span<const NewEvent> events) {
    if (events.empty()) return Error{Errc::bad_batch, "no events"};
    std::vector<EventId> keys;
    for (const NewEvent& event : events) {
        if (auto error = check(event)) return error;
        if (event.options.idempotency_key) keys.push_back(*event.options.idempotency_key);
    }
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) return Error{Errc::bad_batch, "key " + twice->to_text()};
    return std::nullopt;
}

struct Waiting : Operation {
    base::OneShot answered;
    std::optional<Error> error;
};

}  // namespace

Store::Store(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Store::Store(Store&&) noexcept = default;

Store& Store::operator=(Store&& other) noexcept {
    if (this != &other) {
        if (core_) core_->close();
        core_ = std::move(other.core_);
    }
    return *this;
}

Store::~Store() {
    if (core_) core_->close();
}

Result<Store> Store::open(StoreConfig config) {
    log::BusConfig bus_config;
    bus_config.dir = config.dir;
    bus_config.durability = config.durability;
    bus_config.read_only = config.read_only;
    bus_config.queue_capacity = config.queue_capacity;
    bus_config.max_payload = config.max_payload;
    bus_config.segment_bytes = config.segment_bytes;
    bus_config.writer_threads = config.writer_threads;
    bus_config.disk = config.disk;
    bus_config.clock = config.clock;
    bus_config.entropy = config.entropy;
    bus_config.logger = config.logger;
    auto bus = log::Bus::open(std::move(bus_config));
    if (!bus) return failed(bus.error().code, bus.error().where);
    const auto topic = bus->topic(config.ledger);
    if (!topic) return failed(topic.error(), "ledger " + config.ledger);
    auto core = std::make_shared<Core>(std::move(config), std::move(*bus), *topic);
    if (auto error = core->open()) return tl::unexpected(std::move(*error));
    return Store{std::move(core)};
}

Result<Store> Store::on(const log::Topic& topic, StoreConfig config) {
    auto core = std::make_shared<Core>(std::move(config), std::nullopt, topic);
    if (auto error = core->open()) return tl::unexpected(std::move(*error));
    return Store{std::move(core)};
}

Result<AppendReceipt> Store::append(const Coordinate& coordinate, EventKind kind, Bytes payload,
                                    const AppendOptions& options) {
    const NewEvent event{coordinate, kind, payload, options};
    auto receipts = append_batch({&event, 1});
    if (!receipts) return tl::unexpected(std::move(receipts.error()));
    return receipts->front();
}

Result<AppendReceipt> Store::append_reaction(const StoredEvent& cause, const Coordinate& coordinate, EventKind kind,
                                             Bytes payload, AppendOptions options) {
    options.correlation_id = cause->header.correlation_id;
    options.causation_id = cause->header.event_id;
    return append(coordinate, kind, payload, options);
}

Result<std::vector<AppendReceipt>> Store::append_batch(std::span<const NewEvent> events) {
    if (auto error = check_batch(events)) return tl::unexpected(std::move(*error));
    Waiting waiting;
    waiting.events.reserve(events.size());
    for (const NewEvent& event : events) waiting.events.emplace_back(event);
    waiting.log_messages.resize(events.size());
    waiting.log_receipts.resize(events.size());
    waiting.finished = [](Operation& self, std::optional<Error> error) noexcept {
        static_cast<Waiting&>(self).error = std::move(error);
        static_cast<Waiting&>(self).answered.set();
    };
    core_->start(waiting, true);
    core_->lead();
    waiting.answered.wait();
    if (waiting.error) return tl::unexpected(std::move(*waiting.error));
    if (!waiting.duplicates.empty()) return core_->duplicates_of(waiting);
    core_->checkpoint(false);
    std::vector<AppendReceipt> receipts;
    receipts.reserve(events.size());
    for (const Operation::Event& event : waiting.events) receipts.push_back(event.receipt);
    return receipts;
}

Result<bool> Store::forget(std::string_view entity) { return core_->forget(std::string{entity}); }

Result<void> Store::sync() {
    if (const auto error = core_->topic().condition() == log::Condition::open ? log::Topic{core_->topic()}.sync()
                                                                              : std::error_code{}) {
        return failed(error, core_->topic().name());
    }
    return {};
}

Result<void> Store::compact() {
    if (auto error = core_->checkpoint(true)) return tl::unexpected(std::move(*error));
    const StoreConfig& config = core_->config();
    if (config.cache == nullptr || config.read_only) return {};
    if (const auto error = config.cache->compact()) return failed(error, "cache of projections");
    return {};
}

Result<void> Store::close() {
    if (auto error = core_->close()) return tl::unexpected(std::move(*error));
    return {};
}

}  // namespace station::ledger
