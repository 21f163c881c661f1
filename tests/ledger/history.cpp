// What a history appends, and what must come of it.
#include <algorithm>
#include <cstdlib>
#include <history.hpp>
#include <iostream>
#include <store_support.hpp>

namespace station::ledger::test {
namespace {

std::string text_of(const Sent& sent) {
    std::string text = "#" + std::to_string(sent.number) + " " + sent.entity + "/" + sent.scope;
    const AppendOptions& options = sent.options;
    if (options.idempotency_key) {
        text += " key " + std::to_string(std::to_integer<int>(options.idempotency_key->bytes().back()));
    }
    switch (options.expect.what()) {
        case Expect::What::any: break;
        case Expect::What::none: text += " expects none"; break;
        case Expect::What::exists: text += " expects some"; break;
        case Expect::What::exactly: text += " expects " + std::to_string(options.expect.sequence()); break;
    }
    if (options.erasable) text += " erasable";
    return text;
}

std::string text_of(const std::vector<Sent>& sent) {
    std::string text;
    for (const Sent& event : sent) text += (text.empty() ? "" : ", ") + text_of(event);
    return text;
}

Bytes bytes_of(const std::string& text) { return log::as_bytes(text); }

NewEvent to_new(const Sent& sent) {
    return {at(sent.entity, sent.scope), sent.kind, bytes_of(sent.payload), sent.options};
}

constexpr const char* kSecretEntity = "ab";

bool same_coordinate(const Sent& a, const std::string& entity, const std::string& scope) {
    return a.entity == entity && a.scope == scope;
}

}  // namespace

// One of few entities, scopes, kinds and keys, so that they collide.
Sent History::any_event() {
    static const std::vector<std::string> kEntities{"a", "ab", "b"};
    static const std::vector<EventKind> kKinds{kDeposited, kWithdrawn, kNoted};
    Sent sent;
    sent.number = ++numbers_;
    sent.entity = kEntities[random_.pick(0, 2)];
    sent.scope = random_.one_in(5) ? "shop" : "bank";
    sent.kind = kKinds[random_.pick(0, 2)];
    const std::string filler(random_.pick(0, random_.one_in(10) ? 900 : 60), 'x');
    const auto packed = pack("\"" + std::to_string(sent.number) + filler + "\"");
    sent.payload = log::as_text(packed);
    sent.options = any_options(sent.entity);
    return sent;
}

AppendOptions History::any_options(const std::string& entity) {
    AppendOptions options;
    const auto last = last_sequence(entity);
    switch (random_.pick(0, 7)) {
        case 0: options.expect = Expect::none(); break;
        case 1: options.expect = Expect::exists(); break;
        case 2:
        case 3: options.expect = last ? Expect::exactly(*last) : Expect::none(); break;
        case 4: options.expect = Expect::exactly(last.value_or(0) + random_.pick(0, 1)); break;
        default: break;
    }
    if (random_.one_in(3)) options.idempotency_key = id_of(random_.pick(1, 1 + numbers_ / 2));
    if (random_.one_in(5)) options.correlation_id = id_of(1000 + random_.pick(0, 1));
    if (random_.one_in(5)) options.causation_id = id_of(2000 + random_.pick(0, 1));
    options.erasable = random_.one_in(entity == kSecretEntity ? 2 : 16);
    options.flags = static_cast<std::uint8_t>(random_.pick(0, 1) * flags::replayed);
    return options;
}

std::vector<Sent> History::any_events() {
    std::vector<Sent> sent;
    const std::uint64_t count = random_.one_in(3) ? random_.pick(2, 6) : 1;
    while (sent.size() < count) {
        Sent event = any_event();
        const auto has_its_key = [&](const Sent& other) {
            return event.options.idempotency_key && other.options.idempotency_key == event.options.idempotency_key;
        };
        if (std::any_of(sent.begin(), sent.end(), has_its_key)) event.options.idempotency_key.reset();
        // Within a batch, expectations that hold are rare enough.
        if (count > 1 && !random_.one_in(4)) event.options.expect = Expect::any();
        sent.push_back(std::move(event));
    }
    // Somebody tries again what he tried before, known or not.
    if (random_.one_in(6) && !tried_.empty()) {
        sent = tried_[random_.pick(0, tried_.size() - 1)];
        for (Sent& event : sent) {
            event.number = ++numbers_;
            const auto packed = pack("\"" + std::to_string(event.number) + " again\"");
            event.payload = log::as_text(packed);
        }
    }
    tried_.push_back(sent);
    return sent;
}

void History::append_some(std::uint64_t most) {
    for (std::uint64_t left = random_.pick(1, most); left > 0; --left) {
        if (under_way_.empty() && random_.one_in(4)) {
            call(any_events());
        } else {
            start(any_events());
        }
    }
}

std::shared_ptr<History::Append> History::prepare(std::vector<Sent> sent) {
    now_ += tick_;
    std::vector<NewEvent> events;
    for (const Sent& event : sent) events.push_back(to_new(event));
    auto append = std::make_shared<Append>(events);
    append->history = this;
    append->now = now_;
    append->fate = fate_of(sent);
    append->sent = std::move(sent);
    appends_.push_back(append);
    const Fate& fate = append->fate;
    if (!fate.denied && fate.duplicates.empty() && !fate.leader) under_way_.push_back(append);
    for (const Sent& event : append->sent) unsure_.emplace(event.payload, event);
    return append;
}

void History::start(std::vector<Sent> sent) {
    note("start " + text_of(sent));
    const auto append = prepare(std::move(sent));
    append->finished = [](Operation& self, std::optional<Error> error) noexcept {
        auto& done = static_cast<Append&>(self);
        if (error) return done.history->answered(done, error, {});
        const auto receipts = done.history->store_->core()->receipts_of(done);
        receipts ? done.history->answered(done, {}, *receipts) : done.history->answered(done, receipts.error(), {});
    };
    const Append* const outer = std::exchange(starting_, append.get());
    store_->core()->start(*append, false);
    starting_ = outer;
    const bool at_once = append->fate.denied || !append->fate.duplicates.empty();
    if (at_once) expect(append->answered, "it was not answered at once");
}

void History::call(std::vector<Sent> sent) {
    note("append " + text_of(sent));
    const auto append = prepare(std::move(sent));
    std::vector<NewEvent> events;
    for (const Sent& event : append->sent) events.push_back(to_new(event));
    auto receipts = store_->append_batch(events);
    if (receipts) {
        answered(*append, std::nullopt, *receipts);
    } else {
        answered(*append, receipts.error(), {});
    }
}

// An append is never answered. The store, which waits for that when it is closed, can't be left.
void History::give_up() {
    for (const std::string& step : steps_) std::cerr << "  " << step << '\n';
    std::cerr << "seed " << seed_ << ": an append is never answered" << std::endl;
    std::_Exit(1);
}

// Until all is answered. Whoever is refused may try again at once, while others behind it still wait for theirs.
void History::drain() {
    const auto waits = [](const auto& append) { return !append->answered; };
    constexpr int kPatience = 100;
    for (int turns = 0; std::any_of(appends_.begin(), appends_.end(), waits); ++turns) {
        if (turns == kPatience) give_up();
        note("write");
        store_->core()->lead();
    }
    if (broken_) throw *broken_;
    for (const auto& append : appends_) check_follower(*append);
    appends_.clear();
}

std::optional<std::uint64_t> History::last_sequence(const std::string& entity) const {
    std::uint64_t count = model_.stream(entity).size();
    for (const auto& append : under_way_) {
        count += static_cast<std::uint64_t>(std::count_if(append->sent.begin(), append->sent.end(),
                                                          [&](const Sent& event) { return event.entity == entity; }));
    }
    return count == 0 ? std::nullopt : std::optional{count - 1};
}

std::optional<bool> History::is_erasable(const std::string& entity) const {
    if (!model_.stream(entity).empty()) return model_.is_erasable(entity);
    for (const auto& append : under_way_) {
        for (const Sent& event : append->sent) {
            if (event.entity == entity) return event.options.erasable;
        }
    }
    return std::nullopt;
}

std::size_t History::events_under_way() const {
    std::size_t events = 0;
    for (const auto& append : under_way_) events += append->sent.size();
    return events;
}

std::shared_ptr<History::Append> History::under_way(const EventId& key) const {
    for (const auto& append : under_way_) {
        for (const Sent& event : append->sent) {
            if (event.options.idempotency_key == key) return append;
        }
    }
    return nullptr;
}

// The key comes first, then what is expected.
History::Fate History::fate_of(const std::vector<Sent>& sent) const {
    if (auto fate = fate_of_keys(sent)) return *fate;
    if (!under_way_.empty() && events_under_way() + sent.size() > capacity_) return {log::Errc::queue_full};
    struct End {
        std::optional<std::uint64_t> last;
        std::optional<bool> erasable;
    };
    std::map<std::string, End> ends;
    for (const Sent& event : sent) {
        const End end{last_sequence(event.entity), is_erasable(event.entity)};
        auto& [last, erasable] = ends.emplace(event.entity, end).first->second;
        const Expect& expect = event.options.expect;
        std::optional<std::uint64_t> expected;
        bool any = false;
        bool holds = true;
        switch (expect.what()) {
            case Expect::What::any: break;
            case Expect::What::none: holds = !last; break;
            case Expect::What::exists: any = true, holds = last.has_value(); break;
            case Expect::What::exactly: holds = last == expect.sequence(), expected = expect.sequence(); break;
        }
        if (!holds) return {make_error_code(Errc::sequence_mismatch), SequenceMismatch{expected, last, any}};
        if (!erasable) erasable = event.options.erasable;
        if (event.options.erasable && !*erasable) return {make_error_code(Errc::not_erasable)};
        last = last ? *last + 1 : 0;
    }
    return {};
}

std::optional<History::Fate> History::fate_of_keys(const std::vector<Sent>& sent) const {
    std::vector<std::uint64_t> known;
    std::vector<std::shared_ptr<Append>> leaders;
    std::size_t keyed = 0;
    bool same_place = true;
    for (const Sent& event : sent) {
        if (!event.options.idempotency_key) continue;
        ++keyed;
        const EventId& key = *event.options.idempotency_key;
        if (const auto leader = under_way(key)) {
            leaders.push_back(leader);
            for (const Sent& other : leader->sent) {
                if (other.options.idempotency_key != key) continue;
                same_place = same_place && same_coordinate(event, other.entity, other.scope);
            }
        } else if (const auto global = model_.key(key)) {
            known.push_back(*global);
            const Record& first = model_.log()[*global];
            same_place = same_place && same_coordinate(event, first.entity, first.scope);
        }
    }
    if (known.empty() && leaders.empty()) return std::nullopt;
    const auto is_one = [](const auto& all, const auto& what) {
        return std::all_of(all.begin(), all.end(), [&](const auto& one) { return what(one) == what(all.front()); });
    };
    const auto batch_of = [&](std::uint64_t global) { return model_.log()[global].batch; };
    const bool from_one = leaders.empty() ? known.size() == 1 || (batch_of(known.front()) && is_one(known, batch_of))
                                          : known.empty() && is_one(leaders, [](const auto& leader) { return leader; });
    if (known.size() + leaders.size() < keyed || !from_one || !same_place)
        return Fate{make_error_code(Errc::key_reused)};
    Fate fate;
    if (!leaders.empty()) {
        fate.leader = leaders.front();
        return fate;
    }
    const auto batch = batch_of(known.front());
    if (sent.size() == 1 || !batch) {
        fate.duplicates = known;
    } else {
        for (std::uint64_t i = 0; i < batch->count; ++i) fate.duplicates.push_back(batch->first + i);
    }
    return fate;
}

}  // namespace station::ledger::test
