#include "credentials.hpp"

#include <cerrno>
#include <fstream>
#include <station/app/token_file.hpp>
#include <station/base/text.hpp>
#include <system_error>

namespace station::final_station {
namespace {

// What is wrong; empty: nothing.
std::string read_names(const char* option, const std::vector<std::string>& given, std::vector<std::string>& names) {
    for (const std::string& one : given) {
        if (!one.starts_with('@')) {
            names.push_back(one);
            continue;
        }
        const std::string path = one.substr(1);
        errno = 0;
        std::ifstream file{path};
        std::string line;
        while (std::getline(file, line)) {
            const std::string_view name = base::trim(line, " \t\r");
            if (!name.empty() && name.front() != '#') names.emplace_back(name);
        }
        if (!file.is_open() || file.bad() || errno == EISDIR) {
            return std::string{option} + ": " + path + ": " + std::generic_category().message(errno);
        }
    }
    return {};
}

}  // namespace

tl::expected<Credentials, std::string> read_credentials(const ServeOptions& options) {
    Credentials read;
    if (!options.token_file.empty()) {
        auto token = app::read_token_file(options.token_file);
        if (!token) return tl::unexpected("--token-file: " + token.error());
        read.token = std::move(*token);
    }
    for (std::string problem : {read_names("--allow-host", options.allow_hosts, read.allow_hosts),
                                read_names("--allow-origin", options.allow_origins, read.allow_origins)}) {
        if (!problem.empty()) return tl::unexpected(std::move(problem));
    }
    return read;
}

}  // namespace station::final_station
