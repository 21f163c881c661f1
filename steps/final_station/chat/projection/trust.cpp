#include "trust.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdio>

namespace station::chat {
namespace {

constexpr std::string_view kSynced = "synced\n";
constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Trust::Trust(const log::Path& database) : database_(database), file_(log::Path{database} += ".trust") {
    std::string text(64, '\0');
    const auto file = log::posix_disk().open(kBootId, log::Open::read);
    if (!file) return;
    const auto size = (*file)->read_at(0, {reinterpret_cast<std::byte*>(text.data()), text.size()});
    if (size) boot_ = text.substr(0, *size);
}

bool Trust::holds() const {
    const auto said = log::read_whole(log::posix_disk(), file_);
    if (!said) return false;
    if (*said == kSynced) return true;
    if (boot_.empty() || !said->starts_with(boot_)) return false;
    // What this process has written itself a reader that ends may have written to since.
    return !noted_.empty() || said->substr(boot_.size()) == look();
}

std::error_code Trust::begin() {
    noted_ = look();
    return say(boot_.empty() ? "unknown\n" : boot_ + noted_);
}

// In place and unsynced: after a power cut it is not trusted, whatever has become of this.
void Trust::note() {
    auto now = look();
    if (boot_.empty() || now == noted_) return;
    const auto file = log::posix_disk().open(file_, log::Open::write);
    if (!file || (*file)->write_at(0, log::as_bytes(boot_ + now))) return;
    noted_ = std::move(now);
}

std::error_code Trust::synced() { return say(kSynced); }

// Of one length, so that what is written over another leaves nothing of it.
std::string Trust::look() const {
    struct stat found {};
    if (::stat(database_.c_str(), &found) != 0) found = {};
    std::array<char, 128> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%016llx %016llx %016llx %016llx\n",
                      static_cast<unsigned long long>(found.st_ino), static_cast<unsigned long long>(found.st_size),
                      static_cast<unsigned long long>(nanoseconds(found.st_mtim)),
                      static_cast<unsigned long long>(nanoseconds(found.st_ctim)));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::error_code Trust::say(std::string_view what) {
    return log::replace_whole(log::posix_disk(), file_, log::as_bytes(what));
}

}  // namespace station::chat
