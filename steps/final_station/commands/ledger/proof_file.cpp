#include "proof_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <station/base/descriptor.hpp>

namespace station::final_station {
namespace {

// The largest proof has a payload of 64 MiB in base64. What is longer is none, and may have no end.
constexpr std::size_t kMostBytes = std::size_t{128} << 20;

ledger::Result<std::string> read_line(const std::string& path) {
    const auto system_error = [&] { return ledger::failed({errno, std::generic_category()}, path); };
    const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return system_error();
    std::string text;
    char part[65536];
    for (;;) {
        const ssize_t bytes = ::read(file.get(), part, sizeof part);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) return system_error();
        if (bytes == 0) break;
        text.append(part, static_cast<std::size_t>(bytes));
        if (text.size() > kMostBytes) return ledger::failed(make_error_code(std::errc::file_too_large), path);
    }
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
}

template <typename T>
ledger::Result<T> read_as(const std::string& path) {
    const auto text = read_line(path);
    if (!text) return tl::unexpected(text.error());
    auto value = T::from_json(*text);
    if (!value) value.error().where = path + ": " + value.error().where;
    return value;
}

}  // namespace

ledger::Result<ledger::Head> read_head(const std::string& file) { return read_as<ledger::Head>(file); }
ledger::Result<ledger::Proof> read_proof(const std::string& file) { return read_as<ledger::Proof>(file); }
ledger::Result<ledger::Extension> read_extension(const std::string& file) { return read_as<ledger::Extension>(file); }

}  // namespace station::final_station
