// NATS JetStream: publishes are requests whose replies are the acknowledgements; readers are push consumers with flow
// control, which is what its own clients call an ordered consumer. The stream "peers" must be there.
#include <unistd.h>

#include <array>
#include <station/base/numbers.hpp>
#include <stdexcept>

#include "protocol.hpp"

namespace station::peers {
namespace {

constexpr std::string_view kReplies = "1";  // ids of our two subscriptions
constexpr std::string_view kMessages = "2";
constexpr std::string_view kStalledPrefix = "Nats-Consumer-Stalled: ";

// MSG subject id [reply] bytes, or HMSG subject id [reply] header-bytes bytes
struct Delivery {
    std::string_view subject;
    std::string_view subscription;
    std::string_view reply;
    std::string_view headers;
    std::string_view payload;
};

std::size_t parse_size(std::string_view digits) {
    const auto value = base::parse_number<std::size_t>(digits);
    if (!value) throw std::runtime_error{"not the NATS protocol"};
    return *value;
}

std::size_t split(std::string_view line, std::array<std::string_view, 6>& words) {
    std::size_t count = 0;
    while (!line.empty() && count < words.size()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        words[count++] = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return count;
}

// False where not all of it is there yet.
bool take_delivery(std::string_view& bytes, std::size_t line_end, Delivery& delivery) {
    std::array<std::string_view, 6> words;
    const std::size_t count = split(bytes.substr(0, line_end), words);
    const bool with_headers = words[0] == "HMSG";
    const std::size_t sizes = with_headers ? 2 : 1;
    if (count < 3 + sizes) throw std::runtime_error{"not the NATS protocol"};
    const std::size_t total = parse_size(words[count - 1]);
    const std::size_t head = with_headers ? parse_size(words[count - 2]) : 0;
    const std::size_t begin = line_end + kLineEnd.size();
    if (bytes.size() < begin + total + kLineEnd.size()) return false;
    delivery = {words[1], words[2], count > 3 + sizes ? words[3] : std::string_view{}, bytes.substr(begin, head),
                bytes.substr(begin + head, total - head)};
    bytes.remove_prefix(begin + total + kLineEnd.size());
    return true;
}

class JetStream final : public Protocol {
  public:
    explicit JetStream(const ProtocolOptions& options)
        : role_{options.role}, connection_{std::to_string(::getpid()) + "-" + std::to_string(options.connection)} {}

    void greet(const Socket& socket) override {
        socket.receive_until(kLineEnd);
        socket.send_all(R"(CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1})"
                        "\r\nSUB reply." +
                        connection_ + ".* " + std::string{kReplies} + "\r\nSUB events." + connection_ + " " +
                        std::string{kMessages} + "\r\nPING\r\n");
        socket.receive_until("PONG\r\n");
    }

    void publish(std::string_view payload, Buffer& out) override { put_request(out, "peers", published_++, payload); }

    void subscribe(Buffer& out) override {
        const std::string config = R"({"stream_name":"peers","config":{"deliver_subject":"events.)" + connection_ +
                                   R"(","deliver_policy":")" + (role_ == Role::replayer ? "all" : "new") +
                                   R"(","ack_policy":"none","replay_policy":"instant","flow_control":true,)"
                                   R"("idle_heartbeat":5000000000}})";
        put_request(out, "$JS.API.CONSUMER.CREATE.peers", 0, config);
    }

    void take(Buffer& in, Buffer& out, Sink& sink) override {
        std::string_view bytes = in.view();
        for (;;) {
            const std::size_t line_end = bytes.find(kLineEnd);
            if (line_end == std::string_view::npos) break;
            if (bytes.starts_with("MSG ") || bytes.starts_with("HMSG ")) {
                Delivery delivery;
                if (!take_delivery(bytes, line_end, delivery)) break;
                dispatch(delivery, out, sink);
                continue;
            }
            if (bytes.starts_with("PING")) out.put("PONG\r\n");
            if (bytes.starts_with("-ERR")) sink.refused(bytes.substr(0, line_end));
            bytes.remove_prefix(line_end + kLineEnd.size());
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    void put_request(Buffer& out, std::string_view subject, std::uint64_t number, std::string_view body) {
        out.put("PUB ");
        out.put(subject);
        out.put(" reply." + connection_ + "." + std::to_string(number) + " " + std::to_string(body.size()) + "\r\n");
        out.put(body);
        out.put(kLineEnd);
    }

    void dispatch(const Delivery& delivery, Buffer& out, Sink& sink) {
        if (delivery.subscription == kReplies) {
            take_reply(delivery, sink);
        } else if (!delivery.headers.empty() && delivery.payload.empty()) {
            answer_flow_control(delivery, out);
        } else {
            sink.message(delivery.payload);
        }
    }

    void take_reply(const Delivery& delivery, Sink& sink) {
        // A header alone is the server's "nobody listens to that subject": the stream is not there.
        if (!delivery.headers.empty() || delivery.payload.find(R"("error")") != std::string_view::npos) {
            sink.refused(delivery.headers.empty() ? delivery.payload : delivery.headers);
        } else if (role_ == Role::publisher) {
            const auto number = parse_size(delivery.subject.substr(delivery.subject.rfind('.') + 1));
            // Latencies are kept in the order of the publishes.
            if (number != answered_) throw std::runtime_error{"acknowledgements out of order"};
            ++answered_;
            sink.acknowledged();
        }
    }

    static void answer_flow_control(const Delivery& delivery, Buffer& out) {
        std::string_view subject = delivery.reply;
        if (const std::size_t at = delivery.headers.find(kStalledPrefix); at != std::string_view::npos) {
            subject = delivery.headers.substr(at + kStalledPrefix.size());
            subject = subject.substr(0, subject.find('\r'));
        }
        if (subject.empty()) return;  // a heartbeat
        out.put("PUB ");
        out.put(subject);
        out.put(" 0\r\n\r\n");
    }

    Role role_;
    std::string connection_;  // a consumer may outlive the client that made it: no two clients share a name
    std::uint64_t published_ = 0;
    std::uint64_t answered_ = 0;
};

}  // namespace

std::unique_ptr<Protocol> make_jetstream(const ProtocolOptions& options) {
    return std::make_unique<JetStream>(options);
}

}  // namespace station::peers
