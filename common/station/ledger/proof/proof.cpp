#include <station/base/base64.hpp>
#include <station/ledger/coordinate/coordinate.hpp>
#include <station/ledger/event/event.hpp>
#include <station/ledger/proof/detail/fields.hpp>
#include <station/ledger/proof/proof.hpp>
#include <station/ledger/proof/tree.hpp>
#include <utility>

namespace station::ledger {
namespace {

tl::unexpected<Error> refused(std::string what) { return failed(Errc::bad_proof, std::move(what)); }

std::string base64_of(const std::vector<std::byte>& bytes) { return base::base64(log::as_text(bytes)); }

// That a proof's fields say of its event what the bytes say that are hashed.
Result<void> check_fields(const Proof& proof) {
    if (!is_name(proof.entity)) return refused("entity is no name");
    if (!is_name(proof.scope)) return refused("scope is no name");
    const auto event = decode_parts(proof.header, proof.tail);
    if (!event) return refused("header and tail are no event's");
    if (event->header.event_id != proof.event_id) return refused("event_id is not the header's");
    if ((proof.event_id == proof.head.origin) != (proof.index == 0)) return refused("origin is the event with index 0");
    if (proof.payload) {
        if (event->header.payload_size != proof.payload->size()) return refused("payload is not of the header's size");
        if (event->header.content_hash != blake3(*proof.payload)) return refused("payload has not the header's hash");
    }
    return {};
}

Result<void> check_heads(const Head& of_proof, const Head& head) {
    return check_same(of_proof, head).and_then([&] { return check_signature(of_proof); }).and_then([&] {
        return check_signature(head);
    });
}

}  // namespace

std::string Proof::to_json() const {
    auto fields = head_fields(head);
    fields["index"] = index;
    fields["event_id"] = event_id.to_text();
    fields["prev_hash"] = prev_hash.to_hex();
    fields["entity"] = entity;
    fields["scope"] = scope;
    fields["header"] = base64_of(header);
    fields["tail"] = base64_of(tail);
    fields["payload"] = nullptr;
    if (payload) fields["payload"] = base64_of(*payload);
    fields["path"] = path_field(path);
    return one_line(fields);
}

Result<Proof> Proof::from_json(std::string_view text) {
    Fields fields{text};
    Proof proof;
    proof.head = fields.head();
    proof.index = fields.number("index");
    proof.event_id = fields.id("event_id");
    proof.prev_hash = fields.hash("prev_hash");
    proof.entity = fields.text("entity");
    proof.scope = fields.text("scope");
    proof.header = fields.bytes("header");
    proof.tail = fields.bytes("tail");
    proof.payload = fields.bytes_or_null("payload");
    proof.path = fields.path("path");
    if (auto finished = fields.finish(); !finished) return tl::unexpected(std::move(finished.error()));
    return proof;
}

std::string Extension::to_json() const {
    auto fields = head_fields(head);
    fields["old_size"] = old_size;
    fields["path"] = path_field(path);
    return one_line(fields);
}

Result<Extension> Extension::from_json(std::string_view text) {
    Fields fields{text};
    Extension extension;
    extension.head = fields.head();
    extension.old_size = fields.number("old_size");
    extension.path = fields.path("path");
    if (auto finished = fields.finish(); !finished) return tl::unexpected(std::move(finished.error()));
    return extension;
}

Result<void> check_inclusion(const Proof& proof, const Head& head) {
    if (auto checked = check_heads(proof.head, head); !checked) return checked;
    if (proof.index >= head.size) return refused("index is not below size");
    if (auto checked = check_fields(proof); !checked) return checked;
    const Hash event_hash = hash_of(proof.prev_hash, proof.entity, proof.scope, proof.header, proof.tail);
    const auto root =
        merkle::root_of_inclusion(merkle::leaf_hash(event_hash.bytes), proof.index, head.size, proof.path);
    if (!root) return refused("path is not as long as from leaf " + std::to_string(proof.index) + " to the root");
    if (*root != head.root) return refused("event and path do not lead to the root");
    return {};
}

Result<void> check_extension(const Extension& extension, const Head& old_head, const Head& head) {
    if (auto checked = check_heads(extension.head, head); !checked) return checked;
    if (auto checked = check_signature(old_head); !checked) return checked;
    if (old_head.ledger != head.ledger) return refused("ledger, the heads differ in it");
    if (old_head.size > 0 && old_head.origin != head.origin) return refused("origin, the heads differ in it");
    if (extension.old_size != old_head.size) return refused("old_size is not the old head's size");
    if (!merkle::is_consistent(old_head.size, old_head.root, head.size, head.root, extension.path)) {
        return refused("path does not lead from the old root to the new one");
    }
    return {};
}

}  // namespace station::ledger
