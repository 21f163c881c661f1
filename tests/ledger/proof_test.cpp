#include "log_support.hpp"
#include "merkle_support.hpp"
#include "random.hpp"

#include <catch.hpp>
#include <functional>
#include <station/base/base64.hpp>
#include <station/ledger/event/event.hpp>
#include <station/ledger/proof/proof.hpp>

using namespace station::ledger;
using station::log::as_bytes;
using station::test::kSlowness;
using station::test::NodeTable;
using station::test::Random;

namespace {

EventId id_of(std::uint64_t number) {
    std::array<std::byte, EventId::kSize> bytes{std::byte{1}, std::byte{0x89}};
    station::log::store_little(bytes.data() + 8, number);
    return EventId{bytes};
}

std::vector<std::byte> copied(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// A ledger of some events, with and without keys, causes and batches; its proofs, at any size.
class SmallLedger {
  public:
    explicit SmallLedger(std::size_t size) {
        std::vector<Hash> leaves;
        for (std::size_t i = 0; i < size; ++i) add(i, leaves);
        nodes_.emplace(std::move(leaves));
    }

    Head head(std::uint64_t size) const {
        return {"ledger", size == 0 ? std::nullopt : std::optional{id_of(0)}, size, merkle::root(size, *nodes_), {}};
    }
    Proof proof(std::uint64_t index, std::uint64_t size) const {
        Proof proof = events_.at(index);
        proof.head = head(size);
        proof.path = merkle::inclusion_path(index, size, *nodes_);
        return proof;
    }
    Extension extension(std::uint64_t old_size, std::uint64_t size) const {
        return {head(size), old_size, merkle::consistency_path(old_size, size, *nodes_)};
    }

  private:
    void add(std::size_t i, std::vector<Hash>& leaves) {
        const std::string entity = "account:" + std::to_string(i % 3);
        const std::string payload = "\xa5hell" + std::string(1, static_cast<char>('a' + i % 26));
        EventHeader header;
        header.event_id = id_of(i);
        header.correlation_id = id_of(i);
        if (i % 4 == 1) header.causation_id = id_of(i - 1);
        header.timestamp_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(i);
        header.position.wall_ms = 1'700'000'000'000;
        header.position.counter = i;
        header.position.sequence = i / 3;
        header.event_kind = EventKind::custom(1, 7);
        const auto key = i % 2 == 1 ? std::optional{id_of(1000 + i)} : std::nullopt;
        const auto batch = i % 3 == 1 ? std::optional{BatchMark{i, 2}} : std::nullopt;
        EventEncoder encoder{entity, "bank", as_bytes(payload)};
        Hash hash;
        const auto event = decode_event(encoder.encode(header, last_[i % 3], key, batch, hash));
        REQUIRE(event);
        Proof proof;
        proof.index = i;
        proof.event_id = id_of(i);
        proof.prev_hash = event->prev_hash;
        proof.entity = event->entity;
        proof.scope = event->scope;
        proof.header = copied(event->header_bytes);
        proof.tail = copied(event->tail);
        proof.payload = copied(event->payload);
        last_[i % 3] = hash;
        leaves.push_back(merkle::leaf_hash(hash.bytes));
        events_.push_back(std::move(proof));
    }

    std::array<Hash, 3> last_{};
    std::vector<Proof> events_;
    std::optional<NodeTable<>> nodes_;
};

bool is_refused(const Result<void>& checked) { return !checked && checked.error().code == Errc::bad_proof; }

// Read and checked as `station ledger check-proof` does it.
bool is_refused(const std::string& proof, const Head& head) {
    const auto read = Proof::from_json(proof);
    return read ? is_refused(check_inclusion(*read, head)) : read.error().code == Errc::bad_proof;
}

std::string why(const Result<void>& checked) { return checked ? "it holds" : checked.error().where; }

// Each bit of these bytes.
void each_bit(std::span<std::byte> bytes, const std::function<void()>& changed) {
    for (std::byte& byte : bytes) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            byte ^= static_cast<std::byte>(1u << bit);
            changed();
            byte ^= static_cast<std::byte>(1u << bit);
        }
    }
}

}  // namespace

TEST_CASE("every event is proved in every size, also as text") {
    const SmallLedger ledger{20};
    bool all = true;
    for (std::uint64_t size = 1; size <= 20; ++size) {
        for (std::uint64_t index = 0; index < size; ++index) {
            Proof proof = ledger.proof(index, size);
            all = all && check_inclusion(proof, ledger.head(size));
            proof.payload.reset();  // all but the content
            all = all && check_inclusion(proof, ledger.head(size));
            const auto read = Proof::from_json(ledger.proof(index, size).to_json());
            all = all && read && check_inclusion(*read, ledger.head(size)) &&
                  read->to_json() == ledger.proof(index, size).to_json();
        }
    }
    CHECK(all);
}

TEST_CASE("every size is proved to come from every smaller one, also as text") {
    const SmallLedger ledger{20};
    bool all = true;
    for (std::uint64_t size = 0; size <= 20; ++size) {
        for (std::uint64_t old = 0; old <= size; ++old) {
            const Extension extension = ledger.extension(old, size);
            const auto read = Extension::from_json(extension.to_json());
            all = all && check_extension(extension, ledger.head(old), ledger.head(size)) && read &&
                  check_extension(*read, ledger.head(old), ledger.head(size)) && read->to_json() == extension.to_json();
        }
    }
    CHECK(all);
}

TEST_CASE("heads and proofs are written with these fields in this order") {
    const SmallLedger ledger{2};
    const Proof proof = ledger.proof(1, 2);
    const std::string root = ledger.head(2).root.to_hex();
    const std::string head =
        R"({"ledger":"ledger","origin":"01890000-0000-0000-0000-000000000000","size":2,"root":")" + root + '"';
    CHECK(ledger.head(2).to_json() == head + "}");
    CHECK(ledger.head(0).to_json() ==
          R"({"ledger":"ledger","origin":null,"size":0,"root":")" + blake3({}).to_hex() + "\"}");
    const auto base64 = [](const std::vector<std::byte>& bytes) {
        return station::base::base64(station::log::as_text(bytes));
    };
    const std::string path = R"("path":[")" + proof.path[0].to_hex() + "\"]}";
    CHECK(proof.to_json() == head + R"(,"index":1,"event_id":"01890000-0000-0000-0100-000000000000","prev_hash":")" +
                                 std::string(64, '0') + R"(","entity":"account:1","scope":"bank","header":")" +
                                 base64(proof.header) + R"(","tail":")" + base64(proof.tail) +
                                 R"(","payload":"pWhlbGxi",)" + path);
    Proof without = proof;
    without.payload.reset();
    CHECK(without.to_json().find(R"(,"payload":null,)") != std::string::npos);
    const Extension extension = ledger.extension(1, 2);
    CHECK(extension.to_json() == head + R"(,"old_size":1,"path":[")" + extension.path[0].to_hex() + "\"]}");

    const station::test::TemporaryFolder folder;
    Head signed_head = ledger.head(2);
    signed_head.sign(SigningKey::generate(folder.path() / "key").value());
    CHECK(signed_head.to_json() == head + R"(,"key":")" + signed_head.signature->key.to_hex() + R"(","signature":")" +
                                       to_hex(signed_head.signature->bytes) + "\"}");
    CHECK(Head::from_json(signed_head.to_json()) == signed_head);
    CHECK(Head::from_json("\n { \"size\" : 0, \"ledger\":\"ledger\",\"origin\":null ,\"root\":\"" +
                          blake3({}).to_hex() + "\"}\n") == ledger.head(0));
    Proof signed_proof = proof;
    signed_proof.head = signed_head;
    CHECK(Proof::from_json(signed_proof.to_json())->head == signed_head);
    CHECK(check_inclusion(signed_proof, ledger.head(2)));
    CHECK(check_inclusion(proof, signed_head));
}

TEST_CASE("no changed field of a proof is accepted") {
    const SmallLedger ledger{11};
    for (const std::uint64_t index : {0u, 1u, 4u, 5u, 10u}) {
        CAPTURE(index);
        Proof proof = ledger.proof(index, 11);
        const Head head = ledger.head(11);
        REQUIRE(check_inclusion(proof, head));
        bool all = true;
        const auto look = [&] { all = all && is_refused(check_inclusion(proof, head)); };
        each_bit(proof.header, look);
        each_bit(proof.tail, look);
        each_bit(*proof.payload, look);
        each_bit(proof.prev_hash.bytes, look);
        each_bit(std::as_writable_bytes(std::span{proof.entity}), look);
        each_bit(std::as_writable_bytes(std::span{proof.scope}), look);
        each_bit(std::as_writable_bytes(std::span{proof.head.ledger}), look);
        each_bit(proof.head.root.bytes, look);
        for (Hash& hash : proof.path) each_bit(hash.bytes, look);
        std::array<std::byte, EventId::kSize> id = proof.event_id.bytes();
        each_bit(id, [&] { proof.event_id = EventId{id}, look(); });
        proof.event_id = EventId{id};
        std::array<std::byte, EventId::kSize> origin = proof.head.origin->bytes();
        each_bit(origin, [&] { proof.head.origin = EventId{origin}, look(); });
        proof.head.origin = EventId{origin};
        each_bit(std::as_writable_bytes(std::span{&proof.index, 1}), look);
        each_bit(std::as_writable_bytes(std::span{&proof.head.size, 1}), look);
        const auto without = [&](auto member) {
            const Proof before = proof;
            std::invoke(member, proof).clear();
            if (!std::invoke(member, before).empty()) look();
            proof = before;
        };
        without(&Proof::header);
        without(&Proof::tail);
        without(&Proof::path);
        without(&Proof::entity);
        without(&Proof::scope);
        proof.payload->clear();
        look();
        CHECK(all);
    }
}

TEST_CASE("no changed letter of a proof is accepted") {
    const SmallLedger ledger{11};
    const station::test::TemporaryFolder folder;
    const auto key = SigningKey::generate(folder.path() / "key");
    Head head = ledger.head(11);
    head.sign(key.value());
    Proof proof = ledger.proof(5, 11);
    proof.head = head;
    const std::string text = proof.to_json();
    REQUIRE_FALSE(is_refused(text, head));
    bool all = true;
    std::size_t at = 0;
    for (; at < text.size() && all; ++at) {
        for (const int bits : {1, 2, 32, 128}) {  // 32: the other case
            std::string changed = text;
            changed[at] = static_cast<char>(changed[at] ^ bits);
            all = all && is_refused(changed, head);
        }
        std::string shorter = text;
        shorter.erase(at, 1);
        all = all && is_refused(shorter, head) && is_refused(text.substr(0, at), head);
    }
    INFO("up to " << text.substr(0, at));
    CHECK(all);
}

TEST_CASE("a proof whose parts are shifted against each other is no proof, although it hashes to the same") {
    const SmallLedger ledger{3};
    const Head head = ledger.head(3);
    const Proof good = ledger.proof(1, 3);
    Proof proof = good;
    proof.tail.insert(proof.tail.begin(), proof.header.back());
    proof.header.pop_back();
    CHECK(hash_of(proof.prev_hash, proof.entity, proof.scope, proof.header, proof.tail) ==
          hash_of(good.prev_hash, good.entity, good.scope, good.header, good.tail));
    CHECK(why(check_inclusion(proof, head)) == "header and tail are no event's");
    proof = good;
    proof.entity = good.entity + std::string(1, '\0') + good.scope;
    proof.scope = std::string{station::log::as_text(good.header)};
    CHECK(why(check_inclusion(proof, head)) == "entity is no name");
    proof = good;
    proof.scope = good.scope + std::string(1, '\0');
    CHECK(why(check_inclusion(proof, head)) == "scope is no name");
    // A node of the tree is no event.
    proof = good;
    proof.path.erase(proof.path.begin());
    CHECK(why(check_inclusion(proof, head)) == "path is not as long as from leaf 1 to the root");
}

TEST_CASE("a proof says what is wrong with it") {
    const SmallLedger ledger{11};
    const SmallLedger longer{12};
    const Proof good = ledger.proof(5, 11);
    const auto refused = [&](const auto& change) {
        Proof proof = good;
        Head head = ledger.head(11);
        change(proof, head);
        return why(check_inclusion(proof, head));
    };
    CHECK(refused([](Proof&, Head& head) { head.ledger = "other"; }) == "ledger, proof and head differ in it");
    CHECK(refused([](Proof&, Head& head) { head.origin = id_of(1); }) == "origin, proof and head differ in it");
    CHECK(refused([&](Proof&, Head& head) { head = longer.head(12); }) == "size, proof and head differ in it");
    CHECK(refused([](Proof&, Head& head) { head.root = Hash{}; }) == "root, proof and head differ in it");
    CHECK(refused([](Proof& proof, Head& head) { head.root = proof.head.root = Hash{}; }) ==
          "event and path do not lead to the root");
    CHECK(refused([](Proof& proof, Head&) { proof.index = 11; }) == "index is not below size");
    CHECK(refused([](Proof& proof, Head&) { proof.index = 0; }) == "origin is the event with index 0");
    CHECK(refused([](Proof& proof, Head& head) { proof.head.origin = head.origin = id_of(5); }) ==
          "origin is the event with index 0");
    CHECK(refused([](Proof& proof, Head&) { proof.event_id = id_of(6); }) == "event_id is not the header's");
    CHECK(refused([](Proof& proof, Head&) { proof.payload->push_back({}); }) == "payload is not of the header's size");
    CHECK(refused([](Proof& proof, Head&) { proof.payload->back() = {}; }) == "payload has not the header's hash");
    CHECK(refused([](Proof& proof, Head&) { proof.entity = "account:0"; }) == "event and path do not lead to the root");
    CHECK(refused([&](Proof& proof, Head&) { proof = longer.proof(5, 12); }) == "size, proof and head differ in it");
}

TEST_CASE("signatures in a proof and its head are checked") {
    const SmallLedger ledger{11};
    const station::test::TemporaryFolder folder;
    const auto key = SigningKey::generate(folder.path() / "key");
    Head signed_head = ledger.head(11);
    signed_head.sign(key.value());
    Head forged = signed_head;
    forged.signature->bytes[40] ^= std::byte{4};
    Proof proof = ledger.proof(5, 11);
    CHECK(check_inclusion(proof, signed_head));
    CHECK(why(check_inclusion(proof, forged)) == "the head's signature is wrong");
    proof.head = forged;
    CHECK(why(check_inclusion(proof, signed_head)) == "the head's signature is wrong");
    Extension extension = ledger.extension(4, 11);
    CHECK(check_extension(extension, ledger.head(4), signed_head));
    CHECK(why(check_extension(extension, ledger.head(4), forged)) == "the head's signature is wrong");
    Head old = ledger.head(4);
    old.signature = signed_head.signature;
    CHECK(why(check_extension(extension, old, signed_head)) == "the head's signature is wrong");
    extension.head = forged;
    CHECK(why(check_extension(extension, ledger.head(4), signed_head)) == "the head's signature is wrong");
}

TEST_CASE("no changed field of an extension is accepted") {
    const SmallLedger ledger{12};
    for (const std::uint64_t old_size : {1u, 4u, 6u, 7u, 10u}) {
        CAPTURE(old_size);
        const Head head = ledger.head(11);
        Head old = ledger.head(old_size);
        Extension extension = ledger.extension(old_size, 11);
        REQUIRE(check_extension(extension, old, head));
        bool all = true;
        const auto look = [&] { all = all && is_refused(check_extension(extension, old, head)); };
        each_bit(extension.head.root.bytes, look);
        each_bit(std::as_writable_bytes(std::span{extension.head.ledger}), look);
        each_bit(std::as_writable_bytes(std::span{&extension.head.size, 1}), look);
        each_bit(std::as_writable_bytes(std::span{&extension.old_size, 1}), look);
        for (Hash& hash : extension.path) each_bit(hash.bytes, look);
        each_bit(old.root.bytes, look);
        each_bit(std::as_writable_bytes(std::span{old.ledger}), look);
        each_bit(std::as_writable_bytes(std::span{&old.size, 1}), look);
        old.origin = id_of(1);
        look();
        old = ledger.head(old_size);
        extension.path.push_back(head.root);
        look();
        CHECK(all);
    }
    // Another history, of the same size.
    Head other = ledger.head(4);
    other.root = blake3(as_bytes("edited"));
    CHECK(why(check_extension(ledger.extension(4, 11), other, ledger.head(11))) ==
          "path does not lead from the old root to the new one");
    CHECK(why(check_extension(ledger.extension(5, 11), ledger.head(4), ledger.head(11))) ==
          "old_size is not the old head's size");
    CHECK(why(check_extension(ledger.extension(4, 11), ledger.head(4), ledger.head(12))) ==
          "size, proof and head differ in it");
    // The ledger became shorter.
    Extension backwards = ledger.extension(11, 11);
    backwards.head = ledger.head(10);
    CHECK(is_refused(check_extension(backwards, ledger.head(11), ledger.head(10))));
}

TEST_CASE("a text that is no head is refused with words") {
    const std::string root = blake3(as_bytes("root")).to_hex();
    const std::string id = "01890000-0000-0000-0000-000000000000";
    const auto said = [](const std::string& text) {
        const auto head = Head::from_json(text);
        return head ? "a head" : head.error().code == Errc::bad_proof ? head.error().where : "another error";
    };
    const auto head = [&](std::string_view ledger, const std::string& origin, std::string_view size,
                          std::string_view hash) {
        return said(R"({"ledger":")" + std::string{ledger} + R"(","origin":)" + origin + R"(,"size":)" +
                    std::string{size} + R"(,"root":")" + std::string{hash} + "\"}");
    };
    const std::string quoted = '"' + id + '"';
    CHECK(head("ledger", quoted, "7", root) == "a head");
    CHECK(head("ledger", "null", "0", root) == "a head");
    CHECK(head("ledger", quoted, "18446744073709551615", root) == "a head");
    CHECK(head("led ger", quoted, "7", root) == "ledger is no name of one");
    CHECK(head("a\\nb", quoted, "7", root) == "ledger is no name of one");
    CHECK(head("", quoted, "7", root) == "ledger is no name of one");
    CHECK(head("ledger", "null", "7", root) == "origin and size contradict each other");
    CHECK(head("ledger", quoted, "0", root) == "origin and size contradict each other");
    CHECK(head("ledger", "\"" + id + " \"", "7", root) == "origin is no UUID");
    CHECK(head("ledger", "\"01890000-0000-0000-0000-00000000000A\"", "7", root) == "origin is no UUID");
    CHECK(head("ledger", "7", "7", root) == "origin is no UUID");
    for (const std::string_view size : {"-1", "7.0", "1e1", "\"7\"", "null", "18446744073709551616", "-0", "[]"}) {
        CAPTURE(size);
        CHECK(head("ledger", quoted, size, root) == "size is no whole number");
    }
    CHECK(head("ledger", quoted, "07", root) == "no JSON object");
    CHECK(head("ledger", quoted, "1e999", root) == "no JSON object");
    CHECK(head("ledger", quoted, "7", root.substr(1)) == "root is not 64 digits in hex");
    CHECK(head("ledger", quoted, "7", root + "00") == "root is not 64 digits in hex");
    CHECK(head("ledger", quoted, "7", std::string(64, 'A')) == "root is not 64 digits in hex");
    CHECK(head("ledger", quoted, "7", std::string(64, 'g')) == "root is not 64 digits in hex");

    const std::string good = R"({"ledger":"l","origin":null,"size":0,"root":")" + root + '"';
    CHECK(said(good + "}") == "a head");
    CHECK(said(good + R"(,"size":0})") == "a field that is there twice");
    CHECK(said(good + R"(,"extra":0})") == "an unknown field, \"extra\"");
    CHECK(said(good + R"(,"\u0000\n":0})") == "an unknown field, \"\\u0000\\n\"");
    CHECK(said(good + R"(,"key":")" + root + "\"}") == "no signature");
    CHECK(said(good + R"(,"signature":")" + root + root + "\"}") == "no key");
    CHECK(said(good + R"(,"key":")" + root + R"(","signature":")" + root + "\"}") ==
          "signature is not 128 digits in hex");
    CHECK(said(good + R"(,"key":null,"signature":null})") == "key is not 64 digits in hex");
    CHECK(said(R"({"ledger":"l","origin":null,"size":0})") == "no root");
    CHECK(said(R"({"ledger":["l"],"origin":null,"size":0})") == "ledger is no text");
    CHECK(said("{}") == "no ledger");
    for (const std::string& text :
         {std::string{}, std::string{"null"}, std::string{"[]"}, std::string{"\"x\""}, good, good + "}}", good + "} {}",
          "\xef\xbb\xbf" + good + "}", good + "}" + std::string(1, '\0'), R"({"ledger":"\ud800"})" + std::string{},
          std::string{"{\"ledger\":\"\xff\"}"}, std::string(1'000'000 / kSlowness, '['),
          std::string(1'000'000 / kSlowness, '{')}) {
        CAPTURE(text.substr(0, 60));
        CHECK(said(text) == "no JSON object");
    }
    std::string deep = "{\"a\":" + std::string(100'000 / kSlowness, '[') + std::string(100'000 / kSlowness, ']') + "}";
    CHECK(said(deep) == "no ledger");
}

TEST_CASE("a text that is no proof is refused with words") {
    const SmallLedger ledger{3};
    const std::string text = ledger.proof(1, 3).to_json();
    const auto said = [&](std::string_view from, std::string_view to) {
        std::string changed = text;
        const std::size_t at = changed.find(from);
        REQUIRE(at != std::string::npos);
        changed.replace(at, from.size(), to);
        const auto proof = Proof::from_json(changed);
        return proof ? "a proof" : proof.error().code == Errc::bad_proof ? proof.error().where : "another error";
    };
    CHECK(said("pWhlbGxi", "pWhlbGxi") == "a proof");
    CHECK(said("\"pWhlbGxi\"", "null") == "a proof");
    CHECK(said("pWhlbGxi", "pWhlbGx") == "payload is no base64");
    CHECK(said("pWhlbGxi", "pWhl\\nbGxi") == "payload is no base64");
    CHECK(said("pWhlbGxi", "pWhlbQ==") == "a proof");
    CHECK(said("pWhlbGxi", "pWhlbR==") == "payload is no base64");  // bits that say nothing
    CHECK(said("\"pWhlbGxi\"", "[]") == "payload is no base64");
    CHECK(said("\"payload\"", "\"payloads\"") == "no payload");
    CHECK(said("\"header\":\"", "\"header\":\"*") == "header is no base64");
    CHECK(said("\"path\":[", "\"path\":[1,") == "path is not 64 digits in hex");
    CHECK(said("\"path\":[", "\"path\":[[],") == "path is not 64 digits in hex");
    CHECK(said("\"path\":[", "\"path\":{},\"x\":[") == "path is no array");
    CHECK(said("\"index\":1", "\"index\":-1") == "index is no whole number");
    CHECK(said("\"event_id\":\"0", "\"event_id\":\"x") == "event_id is no UUID");
    CHECK(said("\"entity\":\"account:1\"", "\"entity\":null") == "entity is no text");
    std::string hashes;
    for (int i = 0; i < 70; ++i) hashes += '"' + std::string(64, 'a') + "\",";
    CHECK(said("\"path\":[", "\"path\":[" + hashes) == "path is too long");
    CHECK(Extension::from_json(text).error().where == "no old_size");
    CHECK(Head::from_json(text).error().where.starts_with("an unknown field"));
    CHECK(Proof::from_json(ledger.extension(1, 3).to_json()).error().where == "no index");
}

TEST_CASE("broken texts of proofs are refused, whatever is broken") {
    Random random;
    INFO(random.how_to_repeat());
    const SmallLedger ledger{7};
    const Head head = ledger.head(7);
    const std::string text = ledger.proof(4, 7).to_json();
    bool all = true;
    for (int round = 0; round < 5'000; ++round) {
        std::string broken = text;
        for (std::uint64_t i = random.between(1, 4); i > 0; --i) {
            const std::size_t at = random.index(broken.size());
            switch (random.between(0, 2)) {
                case 0: broken[at] = static_cast<char>(random.between(0, 255)); break;
                case 1: broken.erase(at, random.between(1, 40)); break;
                default: broken.insert(at, text.substr(random.index(text.size()), random.between(1, 80)));
            }
            if (broken.empty()) broken = "x";
        }
        // Spaces between tokens change nothing, and a letter may have been replaced by itself.
        const auto read = Proof::from_json(broken);
        all = all && (!read || is_refused(check_inclusion(*read, head)) || read->to_json() == text);
    }
    CHECK(all);
}
