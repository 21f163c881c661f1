// PostgreSQL: an events table with UNIQUE(stream, version), a stream for each connection. One prepared statement; each
// append is a transaction of its own, and a window of them is what libpq calls pipeline mode: many are sent before the
// first is answered. The protocol's version 3, as libpq speaks it.
#include <stdexcept>
#include <utility>

#include "protocol.hpp"

namespace station::peers {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kReady = "Z\0\0\0\5I"sv;
constexpr std::string_view kInsert = "INSERT INTO events (stream, version, kind, payload) VALUES ($1, $2, $3, $4)";
constexpr std::uint32_t kText = 25;  // pg_type.dat: oids
constexpr std::uint32_t kInt8 = 20;
constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kBytes = 17;

template <typename Number>
std::string big_endian(Number number) {
    std::string bytes(sizeof(Number), '\0');
    for (std::size_t i = sizeof(Number); i > 0; --i, number = static_cast<Number>(number >> 4 >> 4)) {
        bytes[i - 1] = static_cast<char>(number & 0xff);
    }
    return bytes;
}

std::string with_size(std::string_view body) {
    return big_endian(static_cast<std::uint32_t>(body.size() + 4)) + std::string{body};
}

std::string message(char type, std::string_view body) { return type + with_size(body); }

std::string value(std::string_view bytes) {
    return big_endian(static_cast<std::uint32_t>(bytes.size())) + std::string{bytes};
}

std::uint32_t size_at(std::string_view bytes) {
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    return size;
}

class Postgres final : public Protocol {
  public:
    explicit Postgres(const ProtocolOptions& options) : stream_{"account:" + std::to_string(options.connection)} {}

    void greet(const Socket& socket) override {
        socket.send_all(with_size(big_endian(std::uint32_t{196608}) + std::string{"user\0peers\0database\0postgres\0\0"sv}));
        socket.receive_until(kReady);
        std::string parse = "append\0"s + std::string{kInsert} + '\0' + big_endian(std::uint16_t{4});
        for (const std::uint32_t type : {kText, kInt8, kInt4, kBytes}) parse += big_endian(type);
        socket.send_all(message('P', parse) + message('S', ""));
        socket.receive_until(kReady);
    }

    void publish(std::string_view payload, Buffer& out) override {
        std::string bind = "\0append\0"s + big_endian(std::uint16_t{1}) + big_endian(std::uint16_t{1});  // all binary
        bind += big_endian(std::uint16_t{4}) + value(stream_) + value(big_endian(version_++)) +
                value(big_endian(std::uint32_t{0x1001})) + value(payload) + big_endian(std::uint16_t{0});
        out.put(message('B', bind));
        static const std::string end = message('E', "\0\0\0\0\0"sv) + message('S', "");
        out.put(end);
    }

    void subscribe(Buffer&) override { throw std::invalid_argument{"postgres: only publish"}; }

    void take(Buffer& in, Buffer&, Sink& sink) override {
        constexpr std::size_t kHead = 5;
        std::string_view bytes = in.view();
        while (bytes.size() >= kHead && bytes.size() > size_at(bytes.substr(1))) {
            const std::size_t size = 1 + size_at(bytes.substr(1));
            take_message(bytes[0], bytes.substr(kHead, size - kHead), sink);
            bytes.remove_prefix(size);
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    // Each append ends with a ReadyForQuery, whatever became of it.
    void take_message(char type, std::string_view body, Sink& sink) {
        if (type == 'E') error_ = body.empty() ? "an error" : body;
        if (type != 'Z') return;
        if (error_.empty()) {
            sink.acknowledged();
        } else {
            sink.refused(std::exchange(error_, {}));
        }
    }

    const std::string stream_;
    std::uint64_t version_ = 0;
    std::string error_;
};

}  // namespace

std::unique_ptr<Protocol> make_postgres(const ProtocolOptions& options) { return std::make_unique<Postgres>(options); }

}  // namespace station::peers
