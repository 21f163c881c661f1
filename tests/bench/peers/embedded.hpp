// What is compared that is no server: a library in the process that uses it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace station::peers {

// Throws where it can't go on, and where an append is refused.
class Embedded {
  public:
    virtual ~Embedded() = default;
    // Durable when it returns. Each stream has its versions 0, 1, 2, … from one thread; any thread for different streams.
    virtual void append(std::size_t stream, std::uint64_t version) = 0;
    // Calls `done` when it is durable, on any thread. What knows no other way does it before this returns.
    virtual void start(std::size_t stream, std::uint64_t version, std::function<void(bool)> done) {
        append(stream, version);
        done(true);
    }
    virtual std::uint64_t stored() = 0;  // events
};

// Both with a new store in `folder`; `size`: bytes of a payload, a JSON object.
std::unique_ptr<Embedded> make_ledger(const std::string& folder, std::size_t streams, std::size_t size);
std::unique_ptr<Embedded> make_sqlite(const std::string& folder, std::size_t streams, std::size_t size);

inline std::string stream_name(std::size_t stream) { return "account:" + std::to_string(stream); }
inline std::string json_payload(std::size_t size) {
    const std::string begin = R"({"amount":1250,"currency":"EUR","note":")";
    return begin + std::string(size - std::min(size, begin.size() + 2), 'x') + "\"}";
}

}  // namespace station::peers
