#include <limits>
#include <nlohmann/json.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/meta.hpp>
#include <station/wire/json_writer.hpp>
#include <unordered_set>

namespace station::log {
namespace {

constexpr int kMetaVersion = 1;

// False where the key is there and is no number from `least` to `most`.
template <typename Number>
bool parse_number(const nlohmann::json& json, const char* key, std::uint64_t least, Number& number) {
    const auto found = json.find(key);
    if (found == json.end()) return true;
    if (!found->is_number_unsigned()) return false;
    const auto value = found->get<std::uint64_t>();
    if (value < least || value > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) return false;
    number = static_cast<Number>(value);
    return true;
}

bool parse_name(const nlohmann::json& json, TopicName& topic) {
    if (!json.is_object() || !json.contains("name") || !json["name"].is_string() || !json.contains("stream")) {
        return false;
    }
    topic.name = json["name"].get<std::string>();
    return is_topic_name(topic.name) && parse_number(json, "stream", 1, topic.stream);
}

bool parse_topic(const nlohmann::json& json, TopicName& topic) {
    if (!parse_name(json, topic)) return false;
    const auto ledger = json.find("ledger");
    if (ledger != json.end() && !ledger->is_boolean()) return false;
    topic.ledger = ledger != json.end() && ledger->get<bool>();
    std::uint64_t bytes = 0;
    std::int64_t age = 0;
    if (!parse_number(json, "retain_bytes", 1, bytes) || !parse_number(json, "retain_age_ns", 1, age)) return false;
    if (bytes > 0) topic.retention.bytes = bytes;
    if (age > 0) topic.retention.age = std::chrono::nanoseconds{age};
    return parse_number(json, "first_segment", 1, topic.first_segment) &&
           parse_number(json, "first_offset", 0, topic.first_offset);
}

bool parse_meta(const nlohmann::json& json, Meta& meta) {
    std::unordered_set<std::string> names;
    std::unordered_set<std::uint32_t> streams;
    for (const auto& entry : json["topics"]) {
        TopicName topic;
        if (!parse_topic(entry, topic) || !names.insert(topic.name).second || !streams.insert(topic.stream).second) {
            return false;
        }
        meta.topics.push_back(std::move(topic));
    }
    if (!parse_number(json, "last_stream", 0, meta.last_stream)) return false;
    const auto deleted = json.find("deleted");
    if (deleted == json.end()) return true;
    if (!deleted->is_array()) return false;
    for (const auto& entry : *deleted) {
        TopicName topic;
        if (!parse_name(entry, topic)) return false;
        meta.deleted.push_back(std::move(topic));
    }
    return true;
}

}  // namespace

Result<Meta> load_meta(Disk& disk, const Path& path) {
    Meta meta;
    const auto exists = disk.exists(path);
    if (!exists) return failed(exists.error(), path.string());
    if (!*exists) return meta;
    const auto content = read_whole(disk, path);
    if (!content) return failed(content.error(), path.string());
    const auto json = nlohmann::json::parse(*content, nullptr, false);
    if (!json.is_object() || !json.contains("version") || !json.contains("topics") || !json["topics"].is_array() ||
        !json["version"].is_number_integer()) {
        return failed(Errc::bad_meta, path.string());
    }
    if (json["version"].get<std::int64_t>() > kMetaVersion) return failed(Errc::unsupported_version, path.string());
    if (!parse_meta(json, meta)) return failed(Errc::bad_meta, path.string());
    return meta;
}

// By hand and not from a tree: ten thousand topics are written anew with each one more.
std::error_code store_meta(Disk& disk, const Path& path, const Meta& meta) {
    std::string text;
    wire::JsonWriter json{text};
    const auto begin = [&](const TopicName& topic) {
        json.begin_object().member("name", topic.name).member("stream", topic.stream);
    };
    json.begin_object().member("version", kMetaVersion).key("topics").begin_array();
    for (const TopicName& topic : meta.topics) {
        begin(topic);
        if (topic.ledger) json.member("ledger", true);
        if (topic.retention.bytes) json.member("retain_bytes", *topic.retention.bytes);
        if (topic.retention.age) json.member("retain_age_ns", topic.retention.age->count());
        if (topic.first_segment > 1) {
            json.member("first_segment", topic.first_segment).member("first_offset", topic.first_offset);
        }
        json.end_object();
    }
    json.end_array();
    if (meta.last_stream > 0) json.member("last_stream", meta.last_stream);
    if (!meta.deleted.empty()) {
        json.key("deleted").begin_array();
        for (const TopicName& topic : meta.deleted) {
            begin(topic);
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
    text += '\n';
    return replace_whole(disk, path, as_bytes(text));
}

}  // namespace station::log
