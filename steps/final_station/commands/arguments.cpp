#include "arguments.hpp"

#include <fstream>
#include <iterator>
#include <station/log/config.hpp>
#include <station/log/error.hpp>

#include <station/base/numbers.hpp>
#include <station/log/retention_text.hpp>

namespace station::final_station {
namespace {

bool parse_headers(const std::vector<std::string>& texts, log::Headers& headers) {
    for (const std::string& text : texts) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) return false;
        headers.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return true;
}

bool read_file(const std::string& path, std::string& content) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return false;
    content.assign(std::istreambuf_iterator<char>{file}, {});
    return !file.bad();
}

}  // namespace

tl::expected<Publication, Problem> read_publication(const std::string& topic, const PublishOptions& options) {
    Publication publication{.headers = {}, .payloads = options.texts};
    if (!parse_headers(options.headers, publication.headers)) {
        return tl::unexpected(Problem{"--header: expected KEY=VALUE", kUsage});
    }
    if (!log::is_topic_name(topic)) {
        return tl::unexpected(Problem{"--topic: " + make_error_code(log::Errc::bad_topic_name).message(), kUsage});
    }
    if (!options.file.empty() && !read_file(options.file, publication.payloads.emplace_back())) {
        return tl::unexpected(Problem{"cannot read " + options.file});
    }
    return publication;
}

tl::expected<log::StartFrom, Problem> read_start(const ReplayOptions& options) {
    const auto edge = options.exclusive ? log::Edge::exclusive : log::Edge::inclusive;
    const auto from = log::StartFrom::parse(options.from, edge);
    if (from) return *from;
    const std::string got = from.error().of_time ? "" : ", got " + options.from;
    return tl::unexpected(Problem{"--from: " + from.error().detail + got, kUsage});
}

log::Retention changed(log::Retention retention, const TopicOptions& options) {
    if (!options.retain_bytes.empty()) retention.bytes = base::parse_number<std::uint64_t>(options.retain_bytes);
    if (!options.retain_age.empty()) retention.age = log::parse_age(options.retain_age);
    return retention;
}

}  // namespace station::final_station
