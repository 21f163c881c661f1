#include <station/ledger/proof/detail/fields.hpp>
#include <station/ledger/proof/head.hpp>

namespace station::ledger {

std::string Head::signed_text() const {
    return "station head v1\n" + ledger + '\n' + (origin ? origin->to_text() : "") + '\n' + std::to_string(size) +
           '\n' + root.to_hex() + '\n';
}

std::string Head::to_json() const { return one_line(head_fields(*this)); }

Result<Head> Head::from_json(std::string_view text) {
    Fields fields{text};
    Head head = fields.head();
    if (auto finished = fields.finish(); !finished) return tl::unexpected(std::move(finished.error()));
    return head;
}

Result<void> check_signature(const Head& head, const std::optional<PublicKey>& trusted) {
    if (!head.signature && !trusted) return {};
    if (!head.signature) return failed(Errc::bad_proof, "the head is not signed");
    if (trusted && head.signature->key != *trusted)
        return failed(Errc::bad_proof, "the head is signed with another key");
    if (!head.signature->holds_for(head.signed_text())) return failed(Errc::bad_proof, "the head's signature is wrong");
    return {};
}

Result<void> check_same(const Head& of_proof, const Head& head) {
    const auto differs = [](const char* what) {
        return failed(Errc::bad_proof, std::string{what} + ", proof and head differ in it");
    };
    if (of_proof.ledger != head.ledger) return differs("ledger");
    if (of_proof.origin != head.origin) return differs("origin");
    if (of_proof.size != head.size) return differs("size");
    if (of_proof.root != head.root) return differs("root");
    return {};
}

}  // namespace station::ledger
