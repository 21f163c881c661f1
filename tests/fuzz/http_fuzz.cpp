// HTTP requests: what is read does not depend on how the bytes are cut, never is more than the limits allow, and is
// what another reader makes of them.
//
// The first byte chooses tight limits, the second one the cuts.
#include <algorithm>
#include <station/net/http.hpp>
#include <string>

#include "fuzz.hpp"
#include "http_oracle.hpp"

using namespace station;
using Status = net::HttpParser::Status;

namespace {

void check_limits(const net::HttpRequest& request, const net::HttpLimits& limits) {
    fuzz::require(request.body.size() <= limits.max_body, "no body is larger than the limit");
    fuzz::require(request.headers.size() <= limits.max_headers, "no more headers than the limit");
    fuzz::require(request.path.size() <= limits.max_target, "no path is longer than the limit");
    fuzz::require(request.path.find('\0') == std::string::npos, "no NUL in a path");
    std::size_t bytes = 0;
    for (const auto& [name, value] : request.headers) {
        bytes += name.size() + value.size();
        fuzz::require(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos,
                      "no line end in a header");
    }
    fuzz::require(bytes <= limits.max_header_bytes, "no more header bytes than the limit");
}

// A request as one line of text, so that two of them can be compared.
std::string describe(const net::HttpRequest& request) {
    std::string text = request.method + ' ' + request.path + (request.http_1_0 ? " 1.0 " : " 1.1 ") +
                       (request.keep_alive ? "keep " : "close ") + (request.expects_continue ? "continue" : "");
    for (const auto& [name, value] : request.query) text += '?' + name + '=' + value;
    for (const auto& [name, value] : request.headers) text += '\n' + name + ": " + value;
    return text + "\n\n" + request.body;
}

// The same as the oracle tells it.
std::string message(const net::HttpRequest& request) {
    std::string text = request.method;
    for (const auto& [name, value] : request.headers) text += '\n' + name + ": " + value;
    return text + "\n\n" + request.body;
}

std::string feed(const net::HttpLimits& limits, const std::vector<std::string_view>& pieces, fuzz::Messages& messages) {
    net::HttpParser parser{limits};
    std::string seen;
    for (auto piece : pieces) {
        while (!piece.empty() && parser.status() != Status::failed) {
            const std::size_t taken = parser.feed(piece);
            fuzz::require(taken <= piece.size(), "no more is taken than was given");
            fuzz::require(taken > 0 || parser.status() == Status::failed, "every call makes progress");
            piece.remove_prefix(taken);
            check_limits(parser.request(), limits);
            if (parser.status() != Status::complete) continue;
            seen += describe(parser.request()) + '\x01';
            messages.push_back(message(parser.request()));
            // What follows an upgrade or a CONNECT is no HTTP.
            if (parser.request().wants_websocket() || parser.request().method == "CONNECT") return seen;
            parser.next();
        }
    }
    if (parser.status() == Status::failed) {
        const int error = parser.error_status();
        const auto known = {400, 413, 414, 431, 501, 505};
        fuzz::require(std::ranges::find(known, error) != known.end(),
                      "a failure has one of the statuses that it may have");
        fuzz::require(!parser.inside_request(), "after a failure no request is under way");
        seen += std::to_string(error) + parser.error_text();
    }
    return seen;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    net::HttpLimits limits;
    if ((data[0] & 1) != 0) limits = {.max_target = 20, .max_header_bytes = 100, .max_headers = 4, .max_body = 20};
    const std::string_view bytes = fuzz::as_text(data + 2, size - 2);
    fuzz::Messages whole;
    fuzz::Messages in_pieces;
    const std::string seen = feed(limits, {bytes}, whole);
    fuzz::require(seen == feed(limits, fuzz::cut(bytes, data[1]), in_pieces),
                  "the same is read, however the bytes are cut");
    std::vector<std::string_view> single;
    for (const char& byte : bytes) single.emplace_back(&byte, 1);
    in_pieces.clear();
    fuzz::require(seen == feed(limits, single, in_pieces), "nor does it matter where every byte comes alone");
    fuzz::compare_with_oracle(whole, bytes);
    return 0;
}
