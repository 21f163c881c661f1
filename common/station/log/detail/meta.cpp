#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/meta.hpp>

namespace station::log {
namespace {

constexpr int kMetaVersion = 1;

bool parse_topic(const nlohmann::json& json, TopicName& topic) {
    if (!json.is_object() || !json.contains("name") || !json.contains("stream")) return false;
    const auto& name = json["name"];
    const auto& stream = json["stream"];
    if (!name.is_string() || !is_topic_name(name.get_ref<const std::string&>()) || !stream.is_number_unsigned()) {
        return false;
    }
    const auto number = stream.get<std::uint64_t>();
    if (number == 0 || number > std::numeric_limits<std::uint32_t>::max()) return false;
    const auto ledger = json.find("ledger");
    if (ledger != json.end() && !ledger->is_boolean()) return false;
    topic = {name.get<std::string>(), static_cast<std::uint32_t>(number), ledger != json.end() && ledger->get<bool>()};
    return true;
}

}  // namespace

Result<std::vector<TopicName>> load_meta(Disk& disk, const Path& path) {
    std::vector<TopicName> topics;
    const auto exists = disk.exists(path);
    if (!exists) return failed(exists.error(), path.string());
    if (!*exists) return topics;
    const auto content = read_whole(disk, path);
    if (!content) return failed(content.error(), path.string());
    const auto json = nlohmann::json::parse(*content, nullptr, false);
    if (!json.is_object() || !json.contains("version") || !json.contains("topics") || !json["topics"].is_array() ||
        !json["version"].is_number_integer()) {
        return failed(Errc::bad_meta, path.string());
    }
    if (json["version"].get<std::int64_t>() > kMetaVersion) return failed(Errc::unsupported_version, path.string());
    for (const auto& entry : json["topics"]) {
        TopicName topic;
        const auto same = [&](const TopicName& other) {
            return other.name == topic.name || other.stream == topic.stream;
        };
        if (!parse_topic(entry, topic) || std::any_of(topics.begin(), topics.end(), same)) {
            return failed(Errc::bad_meta, path.string());
        }
        topics.push_back(std::move(topic));
    }
    return topics;
}

std::error_code store_meta(Disk& disk, const Path& path, const std::vector<TopicName>& topics) {
    nlohmann::ordered_json json{{"version", kMetaVersion}, {"topics", nlohmann::ordered_json::array()}};
    for (const TopicName& topic : topics) {
        nlohmann::ordered_json entry{{"name", topic.name}, {"stream", topic.stream}};
        if (topic.ledger) entry["ledger"] = true;
        json["topics"].push_back(std::move(entry));
    }
    return replace_whole(disk, path, as_bytes(json.dump() + "\n"));
}

}  // namespace station::log
