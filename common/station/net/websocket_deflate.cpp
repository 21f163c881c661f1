#include <station/net/websocket_deflate.hpp>
#include <utility>
#include <vector>

namespace station::net {
namespace {

constexpr std::size_t kSpareInflaters = 8;            // that a thread keeps
constexpr std::string_view kTail{"\0\0\xFF\xFF", 4};  // ends every message, and is not sent (7.2.1)

// They have the largest window, which expands everything.
std::vector<std::unique_ptr<Inflater>>& spare_inflaters() {
    thread_local std::vector<std::unique_ptr<Inflater>> spare;
    return spare;
}

std::unique_ptr<Inflater> borrow_inflater() {
    auto& spare = spare_inflaters();
    if (spare.empty()) return std::make_unique<Inflater>();
    auto borrowed = std::move(spare.back());
    spare.pop_back();
    borrowed->reset();
    return borrowed;
}

void give_back(std::unique_ptr<Inflater> inflater) {
    if (spare_inflaters().size() < kSpareInflaters) spare_inflaters().push_back(std::move(inflater));
}

}  // namespace

MessageDeflate::MessageDeflate(bool is_server, const DeflateParameters& parameters)
    : out_{!parameters.server_no_context_takeover, parameters.server_max_window_bits},
      in_{!parameters.client_no_context_takeover, parameters.client_max_window_bits} {
    if (!is_server) std::swap(out_, in_);
}
MessageDeflate::~MessageDeflate() = default;

void MessageDeflate::compress(std::string_view message, std::string& out) {
    // Nothing is an empty block. zlib would say nothing at all where it has just said as much.
    if (message.empty()) return out.push_back('\0');
    Deflater* deflater = deflater_.get();
    if (!out_.takes_context_over) {
        deflater = &shared_deflater(out_.window_bits);
    } else if (deflater == nullptr) {
        deflater_ = std::make_unique<Deflater>(Deflater::Format::raw, Deflater::kFastest, out_.window_bits);
        deflater = deflater_.get();
    }
    deflater->add(message, Deflater::Flush::sync, out);
    out.resize(out.size() - kTail.size());
}

Inflater::Result MessageDeflate::expand(std::string_view bytes, std::string& message, std::size_t most) {
    if (bytes.empty()) return Inflater::Result::ok;
    if (!inflater_) {
        inflater_ = in_.takes_context_over ? std::make_unique<Inflater>(in_.window_bits) : borrow_inflater();
    }
    inside_message_ = true;
    return inflater_->add(bytes, message, most);
}

// A message without a byte is no DEFLATE, and yet some send it in place of an empty block.
Inflater::Result MessageDeflate::end_message(std::string& message, std::size_t most) {
    if (!std::exchange(inside_message_, false)) return Inflater::Result::ok;
    const auto result = inflater_->add(kTail, message, most);
    if (result != Inflater::Result::ok) return result;
    if (!inflater_->between_blocks()) return Inflater::Result::broken;
    if (!in_.takes_context_over) give_back(std::move(inflater_));
    return result;
}

}  // namespace station::net
