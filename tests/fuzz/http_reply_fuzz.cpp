// HTTP replies: what is read does not depend on how the bytes are cut, and is what another reader makes of them.
//
// The first byte chooses whether the request was a HEAD, the second one the cuts.
#include <station/net/http_reply.hpp>
#include <string>

#include "fuzz.hpp"
#include "http_oracle.hpp"

using namespace station;

namespace {

struct Seen {
    std::string text;
    std::string body;
    int status = 0;
    bool complete = false;
    bool operator==(const Seen&) const = default;
};

Seen feed(const std::vector<std::string_view>& pieces, bool to_head) {
    Seen seen;
    net::HttpReply reply([&](std::string_view piece) { seen.body += piece; }, to_head);
    std::size_t taken = 0;
    for (const auto piece : pieces) {
        const std::size_t now = reply.feed(piece);
        fuzz::require(now <= piece.size(), "no more is taken than was given");
        fuzz::require(now == piece.size() || reply.complete() || reply.failed(), "all is taken until the end");
        taken += now;
    }
    reply.end_of_stream();
    fuzz::require(reply.complete() != reply.failed(), "a reply that ended is whole or broken");
    fuzz::require(reply.feed("x") == 0, "nothing is taken behind the end");
    // How much of what is broken was taken is the cuts' affair.
    seen.text = std::to_string(reply.complete() ? taken : 0) + (reply.complete() ? " whole " : " broken ");
    seen.text += reply.has_status() ? reply.header("content-length") + '|' + reply.header("transfer-encoding") : "";
    seen.status = reply.has_status() ? reply.status() : 0;
    seen.complete = reply.complete();
    return seen;
}

// Which replies have no body whatever their headers say, http-parser has to be told: interim ones are among them.
bool can_be_compared(int status, bool to_head, std::string_view bytes) {
    const bool interim_first = bytes.substr(0, bytes.find('\n', 2)).find(" 1") != std::string_view::npos;
    return !to_head && !interim_first && status >= 200 && status != 204 && status != 304;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const bool to_head = (data[0] & 1) != 0;
    const std::string_view bytes = fuzz::as_text(data + 2, size - 2);
    const Seen whole = feed({bytes}, to_head);
    fuzz::require(whole == feed(fuzz::cut(bytes, data[1]), to_head), "the same is read, however the bytes are cut");
    std::vector<std::string_view> single;
    for (const char& byte : bytes) single.emplace_back(&byte, 1);
    fuzz::require(whole == feed(single, to_head), "nor does it matter where every byte comes alone");
    if (whole.complete && can_be_compared(whole.status, to_head, bytes)) {
        fuzz::compare_reply_with_oracle(whole.status, whole.body, bytes);
    }
    return 0;
}
