#include <nlohmann/json.hpp>
#include <station/log/recovery_report.hpp>

namespace station::log {

std::string to_json(const RecoveryReport& report) {
    nlohmann::ordered_json json{{"segments", report.segments},
                                {"scanned_segments", report.scanned_segments},
                                {"scanned_bytes", report.scanned_bytes},
                                {"rebuilt_indexes", report.rebuilt_indexes},
                                {"clean", report.clean},
                                {"cut_bytes", report.cut_bytes},
                                {"duration_seconds", static_cast<double>(report.duration.count()) / 1e9}};
    if (!report.cut_from.empty()) {
        json["cut_from"] = report.cut_from;
        json["cut_at"] = report.cut_at;
        json["cut_into"] = report.cut_into;
        json["set_aside"] = report.set_aside;
    }
    json["damage"] = nlohmann::ordered_json::array();
    for (const Damage& damage : report.damage) {
        json["damage"].push_back({{"file", damage.file},
                                  {"from", damage.from},
                                  {"to", damage.to},
                                  {"first_offset", damage.first_offset},
                                  {"next_offset", damage.next_offset},
                                  {"reason", damage.reason}});
    }
    if (!report.warnings.empty()) json["warnings"] = report.warnings;
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace station::log
