#include "journal.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <station/wire/json.hpp>

namespace station::final_station {

class Journal::Impl {
  public:
    Impl(const std::string& level, bool as_json)
        : json(as_json), logger("station", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger.set_level(spdlog::level::from_str(level));
        logger.set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","text":"%v"})"
                                : "%Y-%m-%dT%H:%M:%S.%e %l %v");
        logger.flush_on(spdlog::level::debug);
    }

    void write(spdlog::level::level_enum level, std::string_view text) {
        if (!logger.should_log(level)) return;
        if (json) {
            logger.log(level, spdlog::string_view_t{wire::escape_json(text)});
        } else {
            logger.log(level, spdlog::string_view_t{text.data(), text.size()});
        }
    }

    bool json;
    spdlog::logger logger;
};

Journal::Journal(const std::string& level, bool json) : impl_(std::make_unique<Impl>(level, json)) {}
Journal::~Journal() = default;

void Journal::write(log::Severity severity, std::string_view text) {
    constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    impl_->write(kLevels[static_cast<std::size_t>(severity)], text);
}

void Journal::debug(std::string_view text) { impl_->write(spdlog::level::debug, text); }

}  // namespace station::final_station
