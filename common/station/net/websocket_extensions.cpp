#include <algorithm>
#include <charconv>
#include <optional>
#include <station/net/deflate.hpp>
#include <station/net/websocket_extensions.hpp>
#include <utility>
#include <vector>

namespace station::net {
namespace {

constexpr std::string_view kName = "permessage-deflate";

struct Parameter {
    std::string_view name;
    std::optional<std::string> value;
};
struct Extension {
    std::string_view name;
    std::vector<Parameter> parameters;
};

bool is_token_character(char c) {
    const bool digit_or_letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return digit_or_letter || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

// RFC 6455, 9.1: names and values are tokens, values may be quoted. Each function takes its part off the front, or says
// false, and then the list is none.
class ExtensionList {
  public:
    explicit ExtensionList(std::string_view text) : left_(text) {}

    // False at the end, and where the text goes wrong.
    bool next(Extension& extension) {
        while (take(',')) {
        }
        if (left_.empty()) return false;
        extension = {};
        well_formed_ = token(extension.name);
        while (well_formed_ && take(';')) {
            extension.parameters.emplace_back();
            well_formed_ = parameter(extension.parameters.back());
        }
        well_formed_ = well_formed_ && (left_.empty() || left_.front() == ',');
        return well_formed_;
    }
    bool well_formed() const { return well_formed_; }

  private:
    void skip_spaces() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t"), left_.size())); }
    bool take(char c) {
        skip_spaces();
        if (left_.empty() || left_.front() != c) return false;
        left_.remove_prefix(1);
        skip_spaces();
        return true;
    }
    bool token(std::string_view& out) {
        const auto end = std::ranges::find_if_not(left_, is_token_character);
        out = left_.substr(0, static_cast<std::size_t>(end - left_.begin()));
        left_.remove_prefix(out.size());
        skip_spaces();
        return !out.empty();
    }
    bool parameter(Parameter& out) {
        if (!token(out.name)) return false;
        if (!take('=')) return true;
        out.value.emplace();
        if (left_.starts_with('"')) return quoted(*out.value);
        std::string_view value;
        if (!token(value)) return false;
        out.value = value;
        return true;
    }
    // What is inside of the quotes must be a token, too.
    bool quoted(std::string& out) {
        left_.remove_prefix(1);
        while (!left_.empty() && left_.front() != '"') {
            if (left_.front() == '\\') left_.remove_prefix(1);
            if (left_.empty()) return false;
            out += left_.front();
            left_.remove_prefix(1);
        }
        return take('"') && !out.empty() && std::ranges::all_of(out, is_token_character);
    }

    std::string_view left_;
    bool well_formed_ = true;
};

// 8 to 15, without a zero in front.
std::optional<int> window_bits(const std::string& text) {
    int bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && text.front() != '0';
    if (!whole || bits < kLeastWindowBits || bits > kMostWindowBits) return std::nullopt;
    return bits;
}

struct Offer {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<int> server_max_window_bits;
    std::optional<int> client_max_window_bits;  // also where no number was named
};

std::optional<Offer> read_offer(const Extension& extension) {
    if (extension.name != kName) return std::nullopt;
    Offer offer;
    const auto flag = [](bool& known, const Parameter& parameter) {
        return !std::exchange(known, true) && !parameter.value;
    };
    const auto bits = [](std::optional<int>& known, const Parameter& parameter) {
        if (known) return false;
        known = window_bits(*parameter.value);
        return known.has_value();
    };
    for (const Parameter& parameter : extension.parameters) {
        const bool has_value = parameter.value.has_value();
        bool good = false;
        if (parameter.name == "server_no_context_takeover") {
            good = flag(offer.server_no_context_takeover, parameter);
        } else if (parameter.name == "client_no_context_takeover") {
            good = flag(offer.client_no_context_takeover, parameter);
        } else if (parameter.name == "server_max_window_bits" && has_value) {
            good = bits(offer.server_max_window_bits, parameter);
        } else if (parameter.name == "client_max_window_bits" && has_value) {
            good = bits(offer.client_max_window_bits, parameter);
        } else if (parameter.name == "client_max_window_bits") {
            good = !std::exchange(offer.client_max_window_bits, kMostWindowBits);
        }
        if (!good) return std::nullopt;
    }
    if (offer.server_max_window_bits.value_or(kMostWindowBits) < kLeastDeflateWindowBits) return std::nullopt;
    return offer;
}

DeflateAnswer accept(const Offer& offer, const DeflateParameters& wanted) {
    DeflateParameters agreed;
    agreed.server_no_context_takeover = offer.server_no_context_takeover || wanted.server_no_context_takeover;
    agreed.client_no_context_takeover = offer.client_no_context_takeover || wanted.client_no_context_takeover;
    agreed.server_max_window_bits =
        std::min(offer.server_max_window_bits.value_or(kMostWindowBits), wanted.server_max_window_bits);
    // 7.1.2.2: a client that did not say so can't be told how large its window may be.
    if (offer.client_max_window_bits) {
        agreed.client_max_window_bits = std::min(*offer.client_max_window_bits, wanted.client_max_window_bits);
    }
    std::string header{kName};
    if (agreed.server_no_context_takeover) header += "; server_no_context_takeover";
    if (agreed.client_no_context_takeover) header += "; client_no_context_takeover";
    if (offer.server_max_window_bits || agreed.server_max_window_bits < kMostWindowBits) {
        header += "; server_max_window_bits=" + std::to_string(agreed.server_max_window_bits);
    }
    if (agreed.client_max_window_bits < kMostWindowBits) {
        header += "; client_max_window_bits=" + std::to_string(agreed.client_max_window_bits);
    }
    return {DeflateAnswer::Status::agreed, agreed, std::move(header)};
}

}  // namespace

DeflateAnswer negotiate_deflate(std::string_view offers, const DeflateParameters& wanted) {
    ExtensionList list{offers};
    Extension extension;
    DeflateAnswer answer;
    while (list.next(extension)) {
        if (answer.status == DeflateAnswer::Status::agreed) continue;
        if (const auto offer = read_offer(extension)) answer = accept(*offer, wanted);
    }
    if (!list.well_formed()) return {.status = DeflateAnswer::Status::malformed, .parameters = {}, .header = {}};
    return answer;
}

std::string extension_offers(const HttpRequest& request) {
    std::string offers;
    for (const auto& [name, value] : request.headers) {
        if (name == "sec-websocket-extensions") offers += (offers.empty() ? "" : ", ") + value;
    }
    return offers;
}

}  // namespace station::net
