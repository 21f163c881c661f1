// A line of JSON for each event, a line for each answer: the floor, and the station's second port (which only
// publishes here).
#include <stdexcept>

#include "protocol.hpp"

namespace station::peers {
namespace {

class JsonLines final : public Protocol {
  public:
    explicit JsonLines(const ProtocolOptions& options) : role_{options.role} {
        const std::size_t at = options.line.find('%');
        if (at == std::string::npos) throw std::invalid_argument{"--line has no %"};
        before_ = options.line.substr(0, at);
        after_ = options.line.substr(at + 1);
    }

    void publish(std::string_view payload, Buffer& out) override {
        out.put(before_);
        out.put(payload);
        out.put(after_);
        out.put("\n");
    }

    void subscribe(Buffer& out) override {
        out.put(role_ == Role::replayer ? "{\"op\":\"replay\"}\n" : "{\"op\":\"sub\"}\n");
    }

    void take(Buffer& in, Buffer&, Sink& sink) override {
        std::string_view bytes = in.view();
        for (;;) {
            const std::size_t end = bytes.find('\n');
            if (end == std::string_view::npos) break;
            take_line(bytes.substr(0, end), sink);
            bytes.remove_prefix(end + 1);
        }
        in.drop(in.size() - bytes.size());
    }

  private:
    void take_line(std::string_view line, Sink& sink) const {
        if (role_ != Role::publisher && line.starts_with(before_)) {
            sink.message(line.substr(before_.size(), line.size() - before_.size() - after_.size()));
        } else if (role_ == Role::publisher &&
                   (line.starts_with(R"({"status":"accepted")") || line.starts_with(R"({"ok":)"))) {
            sink.acknowledged();
        } else {
            sink.refused(line);
        }
    }

    Role role_;
    std::string before_;
    std::string after_;
};

}  // namespace

std::unique_ptr<Protocol> make_json_lines(const ProtocolOptions& options) {
    return std::make_unique<JsonLines>(options);
}

}  // namespace station::peers
