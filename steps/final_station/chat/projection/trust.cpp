#include "trust.hpp"

namespace station::chat {
namespace {

constexpr std::string_view kSynced = "synced\n";
constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";

}  // namespace

Trust::Trust(const log::Path& database) : file_(log::Path{database} += ".trust") {
    std::string text(64, '\0');
    const auto file = log::posix_disk().open(kBootId, log::Open::read);
    if (!file) return;
    const auto size = (*file)->read_at(0, {reinterpret_cast<std::byte*>(text.data()), text.size()});
    if (size) boot_ = text.substr(0, *size);
}

bool Trust::holds() const {
    const auto said = log::read_whole(log::posix_disk(), file_);
    return said && (*said == kSynced || (!boot_.empty() && *said == boot_));
}

std::error_code Trust::begin() { return say(boot_.empty() ? "unknown\n" : boot_); }
std::error_code Trust::synced() { return say(kSynced); }

std::error_code Trust::say(std::string_view what) {
    return log::replace_whole(log::posix_disk(), file_, log::as_bytes(what));
}

}  // namespace station::chat
