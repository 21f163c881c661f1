#include "error.hpp"

#include <string>

namespace station::engine {
namespace {

class EngineCategory : public std::error_category {
  public:
    const char* name() const noexcept override { return "engine"; }
    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::not_supported: return "this engine can't do that";
            case Errc::unavailable: return "no answer in time: it is not known to be stored, and may still appear";
            case Errc::fenced: return "another station writes to this topic now; this one must be started again";
            case Errc::overtaken: return "another program's event came in between: it is not stored";
            case Errc::foreign: return "the stream of this name has other settings than a topic's";
        }
        return "an unknown error";
    }
};

const EngineCategory kEngineCategory;

}  // namespace

const std::error_category& engine_category() { return kEngineCategory; }
std::error_code make_error_code(Errc code) { return {static_cast<int>(code), kEngineCategory}; }

}  // namespace station::engine
