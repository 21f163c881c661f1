#include <loadgen/hammer/reply_kind.hpp>

#include <algorithm>

namespace station::hammer {
namespace {

constexpr std::string_view kAccepted = R"({"status":"accepted"})";
constexpr std::string_view kAcceptedWithId = R"({"status":"accepted","id":")";
constexpr std::string_view kBusy = R"({"status":"rejected","reason":"server_busy"})";
constexpr std::string_view kShuttingDown = R"({"status":"rejected","reason":"shutting_down"})";
constexpr std::string_view kOk = R"({"status":"ok","balance":)";
constexpr std::string_view kError = R"({"status":"error","reason":")";

bool is_ok(std::string_view line) {
    if (!line.starts_with(kOk) || !line.ends_with('}')) return false;
    std::string_view number = line.substr(kOk.size(), line.size() - kOk.size() - 1);
    if (number.starts_with('-')) number.remove_prefix(1);
    return !number.empty() && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

ReplyKind classify(std::string_view line) {
    if (line == kAccepted) return ReplyKind::accepted;
    if (is_ok(line)) return ReplyKind::ok;
    if (line == kBusy) return ReplyKind::server_busy;
    if (line == kShuttingDown) return ReplyKind::shutting_down;
    if (line.starts_with(kError) && line.ends_with("\"}")) return ReplyKind::error;
    if (line.starts_with(kAcceptedWithId) && line.ends_with('}')) return ReplyKind::accepted;
    return ReplyKind::other;
}

std::uint64_t& counter(Replies& replies, ReplyKind kind) {
    switch (kind) {
        case ReplyKind::accepted: return replies.accepted;
        case ReplyKind::ok: return replies.ok;
        case ReplyKind::server_busy: return replies.server_busy;
        case ReplyKind::shutting_down: return replies.shutting_down;
        case ReplyKind::error: return replies.errors;
        case ReplyKind::other: break;
    }
    return replies.other;
}

}  // namespace station::hammer
