// What events say, what is projected from them, and proofs: each said a second time, in the plainest way.
#include <bit>
#include <history.hpp>
#include <station/ledger/proof/proof.hpp>
#include <station/ledger/store/projection.hpp>
#include <store_support.hpp>

namespace station::ledger::test {
namespace {

// Everything that was said with these kinds, in its order.
struct Said {
    static constexpr std::string_view name = "said";
    static constexpr std::uint64_t schema_version = 1;
    static constexpr std::array relevant_kinds{kDeposited, kWithdrawn};
    std::string text;

    void add(std::uint64_t global, std::string_view plain) {
        text += std::to_string(global) + "=";
        text += plain;
        text += ";";
    }
    void apply(const StoredEvent& event, const Payload& payload) {
        add(event.global_sequence(), payload.plain() ? log::as_text(payload.bytes()) : "erased");
    }
    std::vector<std::byte> to_bytes() const {
        const Bytes bytes = log::as_bytes(text);
        return {bytes.begin(), bytes.end()};
    }
    static std::optional<Said> from_bytes(Bytes bytes) { return Said{std::string{log::as_text(bytes)}}; }
};

void compare_payload(const Store& store, const Model& model, std::uint64_t global) {
    const auto event = store.get(model.log()[global].header.event_id);
    expect(event.has_value(), "event ", global, " can't be got");
    const auto payload = store.payload(*event);
    expect(payload.has_value(), "the payload of ", global, ": ", payload ? "" : payload.error().message());
    const auto plain = model.plain(global);
    expect(payload->state() == (plain ? Payload::State::plain : Payload::State::erased), "the payload of ", global,
           payload->plain()                             ? " can be read"
           : payload->state() == Payload::State::no_key ? " has no key"
                                                        : " is erased");
    expect(!plain || log::as_text(payload->bytes()) == *plain, "the payload of ", global, " is another one");
}

Hash node_of(const Model& model, std::uint64_t from, std::uint64_t size) {
    std::string bytes;
    if (size == 1) {
        bytes = std::string(1, '\0') + std::string{log::as_text(Bytes{model.log()[from].event_hash.bytes})};
    } else if (size > 1) {
        const std::uint64_t left = std::bit_floor(size - 1);
        const Hash first = node_of(model, from, left);
        const Hash second = node_of(model, from + left, size - left);
        bytes = "\x01";
        bytes += log::as_text(Bytes{first.bytes});
        bytes += log::as_text(Bytes{second.bytes});
    }
    return blake3(log::as_bytes(bytes));
}

}  // namespace

void compare_content(const Store& store, const Model& model) {
    for (const std::uint64_t global : model.select([](const Record&) { return true; })) {
        compare_payload(store, model, global);
    }
    for (const std::string entity : {"a", "ab", "b", "abc"}) {
        Said wanted;
        for (const std::uint64_t global : model.stream(entity)) {
            const EventKind kind = model.log()[global].header.event_kind;
            if (kind == kDeposited || kind == kWithdrawn) wanted.add(global, model.plain(global).value_or("erased"));
        }
        const auto said = store.project<Said>(entity);
        expect(said.has_value(), "the projection of ", entity, ": ", said ? "" : said.error().message());
        expect(said->has_value() == !wanted.text.empty(), "the projection of ", entity, " is ",
               *said ? "there" : "not there");
        expect(!*said || (**said).text == wanted.text, "the projection of ", entity, " is another one");
    }
}

void compare_proofs(const Store& store, const Model& model, lab::Random& random) {
    const auto head = store.head();
    expect(head.has_value(), "no head: ", head ? "" : head.error().message());
    // What a refused batch has left at the log's end is covered once something came behind it.
    expect(head->size <= model.size(), "the head is one of ", head->size, " records for ", model.size());
    for (std::uint64_t global = head->size; global < model.size(); ++global) {
        expect(model.log()[global].hidden, "the head leaves out ", global);
    }
    expect(head->root == node_of(model, 0, head->size), "the head has another root");
    const auto origin = head->size == 0 ? std::nullopt : std::optional{model.log().front().header.event_id};
    expect(head->origin == origin, "the head has another origin");
    const std::uint64_t old_size = random.pick(0, head->size);
    Head old = *head;
    old.size = old_size;
    old.root = node_of(model, 0, old_size);
    if (old_size == 0) old.origin.reset();
    const auto extension = store.prove_extension(old_size);
    expect(extension.has_value(), "no extension: ", extension ? "" : extension.error().message());
    const auto extended = check_extension(*extension, old, *head);
    expect(extended.has_value(), "the extension from ", old_size, ": ", extended ? "" : extended.error().message());
    const auto there = model.select([](const Record&) { return true; });
    if (there.empty()) return;
    const std::uint64_t global = there[random.pick(0, there.size() - 1)];
    const auto proof = store.prove(model.log()[global].header.event_id);
    expect(proof.has_value(), "no proof: ", proof ? "" : proof.error().message());
    const auto checked = check_inclusion(*proof, *head);
    expect(checked && proof->index == global, "the proof of ", global, ": ", checked ? "" : checked.error().message());
}

}  // namespace station::ledger::test
