#include <loadgen/hammer/talk/web_client.hpp>

#include <poll.h>
#include <algorithm>
#include <cerrno>
#include <loadgen/hammer/text.hpp>
#include <optional>
#include <station/base/numbers.hpp>
#include <station/base/text.hpp>

namespace station::hammer::talk {
namespace {

constexpr std::size_t kMostOfHead = 65536;
constexpr std::size_t kReadAtOnce = 16384;

// The value of the first header of this name (in lower case), trimmed; nullopt where there is none.
std::optional<std::string_view> header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); };
        if (!std::equal(name.begin(), name.end(), line.begin(), same)) continue;
        std::string_view value = line.substr(name.size() + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        return value;
    }
    return std::nullopt;
}

}  // namespace

tl::expected<WebAnswer, std::string> WebClient::ask(std::string_view method, std::string_view target,
                                                    const std::string& cookie, std::string_view body) {
    const auto until = Clock::now() + patience_;
    std::string request = std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nHost: " + host_ + "\r\n";
    if (!cookie.empty()) request += "Cookie: " + cookie + "\r\n";
    if (!body.empty()) {
        request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    request += "\r\n";
    request += body;
    const auto go = [&]() -> tl::expected<WebAnswer, std::string> {
        if (!connected_) {
            if (auto done = connect(until); !done) return tl::unexpected(done.error());
        }
        if (auto done = send(request, until); !done) return tl::unexpected(done.error());
        return read_answer(until);
    };
    auto answer = go();
    if (!answer) {
        socket_.close();
        connected_ = false;
        in_.clear();
    }
    return answer;
}

bool WebClient::wait(short events, Clock::time_point until) const {
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd one{socket_.descriptor(), events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

tl::expected<void, std::string> WebClient::connect(Clock::time_point until) {
    int error = socket_.connect(addresses_);
    while (error == EINPROGRESS) {
        if (!wait(POLLOUT, until)) return tl::unexpected("no connection to " + host_ + " came about in time");
        const int failed = socket_.error();
        error = failed == 0 ? 0 : socket_.connect_next(addresses_, failed);
    }
    if (error != 0) return tl::unexpected("cannot connect to " + host_ + ": " + error_text(error));
    connected_ = true;
    return {};
}

tl::expected<void, std::string> WebClient::send(std::string_view bytes, Clock::time_point until) {
    while (!bytes.empty()) {
        const std::ptrdiff_t moved = socket_.send(bytes);
        if (moved > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(moved));
        } else if (errno != EAGAIN && errno != EINTR) {
            return tl::unexpected("the server takes no request: " + error_text(errno));
        } else if (!wait(POLLOUT, until)) {
            return tl::unexpected(std::string{"the server takes no request"});
        }
    }
    return {};
}

tl::expected<void, std::string> WebClient::read_more(Clock::time_point until) {
    while (true) {
        const std::size_t before = in_.size();
        in_.resize(before + kReadAtOnce);
        const std::ptrdiff_t moved = socket_.receive(std::span{in_}.subspan(before));
        const int error = errno;
        in_.resize(before + static_cast<std::size_t>(std::max<std::ptrdiff_t>(moved, 0)));
        if (moved > 0) return {};
        if (moved == 0) return tl::unexpected(std::string{"the server ended the connection"});
        if (error != EAGAIN && error != EINTR) return tl::unexpected("no answer: " + error_text(error));
        if (!wait(POLLIN, until)) return tl::unexpected(std::string{"no answer in time"});
    }
}

tl::expected<WebAnswer, std::string> WebClient::read_answer(Clock::time_point until) {
    std::size_t end = std::string::npos;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
        if (in_.size() > kMostOfHead) return tl::unexpected(std::string{"no end of an answer's head"});
        if (auto more = read_more(until); !more) return tl::unexpected(more.error());
    }
    const std::string head = in_.substr(0, end + 2);
    WebAnswer answer;
    answer.status =
        base::parse_number<int>(std::string_view{head}.substr(std::min<std::size_t>(head.size(), 9), 3)).value_or(0);
    if (!head.starts_with("HTTP/1.1 ") || answer.status == 0) return tl::unexpected("no HTTP: " + shown(head));
    const auto length = base::parse_number<std::size_t>(header(head, "content-length").value_or("0"));
    if (!length || header(head, "transfer-encoding")) return tl::unexpected(std::string{"an answer of no length"});
    if (const auto cookie = header(head, "set-cookie")) answer.cookie = cookie->substr(0, cookie->find(';'));
    while (in_.size() < end + 4 + *length) {
        if (auto more = read_more(until); !more) return tl::unexpected(more.error());
    }
    answer.body = in_.substr(end + 4, *length);
    in_.erase(0, end + 4 + *length);
    if (header(head, "connection").value_or("") == "close") {
        socket_.close();
        connected_ = false;
    }
    return answer;
}

}  // namespace station::hammer::talk
