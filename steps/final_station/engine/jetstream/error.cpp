#include "error.hpp"

namespace station::jetstream {
namespace {

class JetStreamCategory : public std::error_category {
  public:
    const char* name() const noexcept override { return "station.jetstream"; }

    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::unavailable: return "JetStream has not answered: not known to be stored, it may still appear";
            case Errc::fenced: return "another station writes to this topic since: start this one again";
            case Errc::overtaken: return "another program's event came in between: not stored";
            case Errc::no_stream: return "no such stream";
            case Errc::other_settings: return "the stream has other settings";
            case Errc::refused: return "JetStream has refused it";
            case Errc::bad_answer: return "JetStream has answered what is not understood";
            case Errc::bad_url: return "not the address of a NATS server";
            case Errc::unreachable: return "no NATS server can be used there";
        }
        return "unknown error " + std::to_string(code);
    }
};

}  // namespace

const std::error_category& jetstream_category() {
    static const JetStreamCategory category;
    return category;
}

std::error_code make_error_code(Errc code) { return {static_cast<int>(code), jetstream_category()}; }

}  // namespace station::jetstream
