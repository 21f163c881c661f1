#include "journal.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <station/app/run.hpp>
#include <station/wire/json_writer.hpp>

namespace station::final_station {
namespace {

const char* pattern_of(const std::string& format) {
    if (format == "json") return R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","text":"%v"})";
    if (format == "logfmt") return R"(time=%Y-%m-%dT%H:%M:%S.%e%z level=%l text="%v")";
    return "%Y-%m-%dT%H:%M:%S.%e %l %v";
}

}  // namespace

class Journal::Impl {
  public:
    Impl(const std::string& level, const std::string& format)
        : plain(format == "text"), logger("station", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger.set_level(spdlog::level::from_str(level));
        logger.set_pattern(pattern_of(format));
        logger.flush_on(spdlog::level::debug);
    }

    void write(spdlog::level::level_enum level, std::string_view text) {
        if (!logger.should_log(level)) return;
        std::string escaped;
        if (!plain) wire::append_escaped(escaped, text);  // logfmt's strings are escaped as JSON's
        const std::string_view words = plain ? text : escaped;
        logger.log(level, spdlog::string_view_t{words.data(), words.size()});
    }

    bool plain;
    spdlog::logger logger;
};

Journal::Journal(const std::string& level, const std::string& format) : impl_(std::make_unique<Impl>(level, format)) {}
Journal::~Journal() = default;

void Journal::write(log::Severity severity, std::string_view text) {
    constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    impl_->write(kLevels[static_cast<std::size_t>(severity)], text);
}

void Journal::debug(std::string_view text) { impl_->write(spdlog::level::debug, text); }

// In the words of every command that fails, where people read it.
void Journal::fatal(std::string_view text) {
    if (impl_->plain) {
        app::complain("station", text);
    } else {
        impl_->write(spdlog::level::critical, text);
    }
}

}  // namespace station::final_station
