#include <station/log/bus.hpp>
#include <station/log/detail/bus_core.hpp>
#include <utility>

namespace station::log {

Bus::Bus(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Bus::Bus(Bus&&) noexcept = default;

Bus& Bus::operator=(Bus&& other) noexcept {
    if (this != &other) {
        if (core_) core_->shutdown();
        core_ = std::move(other.core_);
    }
    return *this;
}

Bus::~Bus() {
    if (core_) core_->shutdown();
}

Result<Bus> Bus::open(BusConfig config) {
    if (const std::string problem = config.problem(); !problem.empty()) return failed(Errc::bad_config, problem);
    auto core = std::make_shared<Core>(std::move(config));
    if (auto error = core->open()) return tl::unexpected(std::move(*error));
    return Bus{std::move(core)};
}

tl::expected<Topic, std::error_code> Bus::topic(std::string_view name) {
    auto entry = core_->topic(name);
    if (!entry) return tl::unexpected(entry.error());
    return Topic{std::move(*entry)};
}

std::vector<Topic> Bus::topics() const {
    std::vector<Topic> topics;
    for (auto& entry : core_->topics()) topics.push_back(Topic{std::move(entry)});
    return topics;
}

std::error_code Bus::delete_topic(std::string_view name) { return core_->delete_topic(name); }

std::error_code Bus::shutdown() { return core_->shutdown(); }

}  // namespace station::log
