#include <station/ledger/error.hpp>

namespace station::ledger {
namespace {

class LedgerCategory : public std::error_category {
  public:
    const char* name() const noexcept override { return "station.ledger"; }

    std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::bad_config: return "the configuration is out of its limits";
            case Errc::bad_coordinate:
                return "an entity and a scope are 1 to 255 bytes of UTF-8 each, without control characters";
            case Errc::bad_kind: return "a kind is CATEGORY:TYPE, 0 to 15 and 0 to 4095";
            case Errc::reserved_kind: return "categories 0 and 13 are the ledger's own; use one of 1 to 12, 14 or 15";
            case Errc::bad_payload:
                return "a payload is one MessagePack value, at most 64 levels deep, and no ext of type 1 itself";
            case Errc::not_an_event: return "a record that is no event of a ledger";
            case Errc::not_found: return "not found";
            case Errc::sequence_mismatch: return "the entity's last event is another one; read it, and decide again";
            case Errc::key_reused:
                return "this idempotency key was used for something else; a new request needs a new key";
            case Errc::bad_batch: return "a batch has events, and no key twice";
            case Errc::damaged: return "the ledger is damaged here; `station ledger verify` says more";
            case Errc::not_erasable: return "only an entity whose first event was erasable can be forgotten";
            case Errc::no_key: return "the entity's key is not here: this is a copy without keys";
            case Errc::read_only: return "opened for reading only";
            case Errc::closed: return "the ledger is closed";
            case Errc::full: return "the ledger has no room for further events: begin a new one";
            case Errc::bad_key_file: return "no key that `station ledger keygen` wrote";
            case Errc::bad_proof: return "this does not prove what it says";
            case Errc::snapshot_exists: return "there is a ledger already; give a folder without one";
            case Errc::projection_failed: return "the projection could not be made from its events";
            case Errc::receipt_spent: return "this receipt was spent before; ask the gates again";
            case Errc::foreign_receipt: return "other gates gave this receipt; ask those of this pipeline";
        }
        return "unknown error " + std::to_string(code);
    }
};

std::string number(const std::optional<std::uint64_t>& sequence) {
    return sequence ? std::to_string(*sequence) : "none";
}

}  // namespace

const std::error_category& ledger_category() {
    static const LedgerCategory category;
    return category;
}

std::error_code make_error_code(Errc code) { return {static_cast<int>(code), ledger_category()}; }

std::string Error::message() const {
    std::string text = where.empty() ? code.message() : where + ": " + code.message();
    if (mismatch) {
        const std::string expected = mismatch->expected_any ? "any event" : number(mismatch->expected);
        text += " (expected " + expected + ", actual " + number(mismatch->actual) + ")";
    }
    return text;
}

}  // namespace station::ledger
