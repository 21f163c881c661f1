#include <station/ledger/coordinate/position.hpp>

namespace station::ledger {

std::string Position::to_text() const {
    return std::to_string(depth) + ":" + std::to_string(lane) + ":" + std::to_string(sequence) + "@" +
           std::to_string(wall_ms) + "." + std::to_string(counter);
}

}  // namespace station::ledger
