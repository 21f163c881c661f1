// What an operator may change while the server runs: the token, and the names of --allow-host and --allow-origin. Each
// may stand in a file, and SIGHUP reads the files again.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "serve.hpp"

namespace station::final_station {

struct Credentials {
    std::string token;  // empty: everybody may come in
    std::vector<std::string> allow_hosts;
    std::vector<std::string> allow_origins;
};

// Of --allow-host and --allow-origin a value `@FILE` stands for the file's lines; empty ones and those that begin with
// `#` are passed by. The error is one line that names the option and the file.
tl::expected<Credentials, std::string> read_credentials(const ServeOptions& options);

}  // namespace station::final_station
