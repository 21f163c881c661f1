#include <station/log/recovery_report.hpp>
#include <station/wire/json_writer.hpp>

namespace station::log {
namespace {

void append_texts(wire::JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
    json.key(key).begin_array();
    for (const std::string& text : texts) json.value(text);
    json.end_array();
}

void append_damage(wire::JsonWriter& json, const Damage& damage) {
    json.begin_object().member("file", damage.file).member("from", damage.from).member("to", damage.to);
    json.member("first_offset", damage.first_offset).member("next_offset", damage.next_offset);
    json.member("reason", damage.reason).end_object();
}

}  // namespace

std::string to_json(const RecoveryReport& report) {
    std::string text;
    wire::JsonWriter json{text};
    json.begin_object().member("segments", report.segments).member("scanned_segments", report.scanned_segments);
    json.member("scanned_bytes", report.scanned_bytes).member("rebuilt_indexes", report.rebuilt_indexes);
    json.member("first_offset", report.first_offset).member("removed_files", report.removed_files);
    json.member("clean", report.clean).member("cut_bytes", report.cut_bytes);
    json.member("duration_seconds", static_cast<double>(report.duration.count()) / 1e9);
    if (!report.cut_from.empty()) {
        json.member("cut_from", report.cut_from).member("cut_at", report.cut_at).member("cut_into", report.cut_into);
        append_texts(json, "set_aside", report.set_aside);
    }
    json.key("damage").begin_array();
    for (const Damage& damage : report.damage) append_damage(json, damage);
    json.end_array();
    if (!report.warnings.empty()) append_texts(json, "warnings", report.warnings);
    json.end_object();
    return text;
}

}  // namespace station::log
