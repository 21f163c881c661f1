#include "open_ledger.hpp"

#include <algorithm>
#include <memory>
#include <station/base/guarded.hpp>

#include "commands/output.hpp"
#include "commands/progress.hpp"
#include "server/station.hpp"

namespace station::final_station {
namespace {

// Each once in a row: what keeps a checkpoint from being made keeps the next one, too. Any thread.
class Warnings {
  public:
    void operator()(log::Severity severity, std::string_view text) {
        if (severity == log::Severity::info) return;
        const base::Lock lock{mutex_};
        if (last_ == text) return;
        last_ = text;
        fail(last_);
    }

  private:
    base::Mutex mutex_;
    std::string last_ STATION_GUARDED_BY(mutex_);
};

log::BusConfig bus_config(const LedgerOptions& options, LedgerAccess access, const ledger::StoreConfig& config) {
    log::BusConfig bus;
    bus.dir = options.dir;
    bus.read_only = access == LedgerAccess::read;
    bus.create = access == LedgerAccess::make;
    bus.follow = false;
    bus.first_topic = kFirstTopic;
    bus.durability = config.durability;
    bus.segment_bytes = config.segment_bytes;
    bus.max_payload = config.max_payload;
    return bus;
}

tl::expected<log::Topic, std::error_code> find_topic(log::Bus& bus, const std::string& name, LedgerAccess access) {
    if (access != LedgerAccess::change) return bus.topic(name);
    auto topics = bus.topics();
    const auto found = std::ranges::find(topics, name, &log::Topic::name);
    if (found == topics.end()) return tl::unexpected(make_error_code(log::Errc::no_such_topic));
    return *found;
}

}  // namespace

std::error_code OpenLedger::close() {
    // It makes a checkpoint; where it can't, that has been said, and the next start reads more of the log.
    (void)store.close();
    return bus.shutdown();
}

ledger::Result<OpenLedger> open_ledger(const LedgerOptions& options, LedgerAccess access, ledger::StoreConfig config) {
    log::BusConfig bus_settings = bus_config(options, access, config);
    auto progress = std::make_shared<Progress>("recovering");
    const auto warnings = std::make_shared<Warnings>();
    const auto say = [warnings](log::Severity severity, std::string_view text) { (*warnings)(severity, text); };
    bus_settings.logger = say;
    bus_settings.progress = [progress](std::uint64_t bytes) { (*progress)(bytes); };
    auto bus = log::Bus::open(std::move(bus_settings));
    progress->clear();
    if (!bus) return ledger::failed(bus.error().code, bus.error().where);
    const auto topic = find_topic(*bus, options.ledger, access);
    if (!topic) return ledger::failed(topic.error(), "ledger " + options.ledger);
    config.dir = options.dir;
    config.ledger = options.ledger;
    config.read_only = access == LedgerAccess::read;
    config.logger = say;
    auto store = ledger::Store::on(*topic, std::move(config));
    if (!store) return tl::unexpected(std::move(store.error()));
    return OpenLedger{std::move(*bus), std::move(*store)};
}

}  // namespace station::final_station
