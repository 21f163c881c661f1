// Whether each append was answered as it must be, and what it leaves in the model.
#include <algorithm>
#include <history.hpp>
#include <station/log/error.hpp>

namespace station::ledger::test {
namespace {

// What was sent, as it must lie in the log; the rest is the store's to choose.
void expect_same(const Record& record, const Sent& sent, std::uint64_t global) {
    const AppendOptions& options = sent.options;
    const EventHeader& header = record.header;
    const auto same = [&](bool holds, const char* what) { expect(holds, "record ", global, ": its ", what); };
    same(record.entity == sent.entity && record.scope == sent.scope, "coordinate");
    same(record.encrypted() || record.payload == sent.payload, "payload");
    same(header.payload_size == record.payload.size(), "payload size");
    same(header.content_hash == blake3(log::as_bytes(record.payload)), "content hash");
    same(header.event_kind == sent.kind && header.flags == options.flags, "kind or flags");
    same(record.key == options.idempotency_key, "key");
    same(header.correlation_id == options.correlation_id.value_or(header.event_id), "correlation");
    same(header.causation_id == options.causation_id, "cause");
}

}  // namespace

std::vector<Record> read_log(const log::Topic& topic, std::uint64_t from) {
    std::vector<Record> records;
    auto cursor = log::Topic{topic}.subscribe(log::StartFrom::offset(from));
    for (;;) {
        const auto batch = cursor.poll();
        if (!batch && batch.error() == log::Errc::topic_failed) return records;
        expect(batch.has_value(), "the log can't be read: ", batch ? "" : batch.error().message());
        if (batch->empty()) return records;
        for (const log::EventView& view : *batch) {
            const auto event = decode_event(view.payload);
            expect(event.has_value(), "offset ", view.offset, " is no event");
            expect(event->header.event_id == view.id && view.offset == from + records.size(), "offset ", view.offset);
            expect(hash_of(*event) == event->event_hash, "offset ", view.offset, ": its hash");
            records.push_back(record_of(*event, view.time));
        }
    }
}

// On whatever thread, and nothing may be thrown through the store.
void History::answered(Append& append, const std::optional<Error>& error, const Receipts& receipts) {
    try {
        expect(!append.answered, "an append is answered twice");
        append.answered = true;
        if (error) {
            refused(append, *error);
        } else {
            taken(append, receipts);
        }
    } catch (const lab::Broken& broken) {
        if (!broken_) broken_ = lab::Broken{"#" + std::to_string(append.sent.front().number) + ": " + broken.what()};
        append.answered = true;
    }
}

void History::refused(Append& append, const Error& error) {
    note("#" + std::to_string(append.sent.front().number) + ": " + error.message());
    const bool mine = append.fate.denied == error.code;
    if (mine) {
        counts_.mismatches += error.code == Errc::sequence_mismatch;
        counts_.reused += error.code == Errc::key_reused;
        if (append.fate.mismatch) {
            expect(error.mismatch && error.mismatch->expected == append.fate.mismatch->expected &&
                       error.mismatch->actual == append.fate.mismatch->actual &&
                       error.mismatch->expected_any == append.fate.mismatch->expected_any,
                   "another mismatch than there is");
        }
        for (const Sent& event : append.sent) unsure_.erase(event.payload);
        return;
    }
    expect(error.code.category() != ledger_category() && error.code != log::Errc::queue_full,
           "refused for no reason: ", error.message());
    expect(armed_, "refused although the disk is all right: ", error.message());
    ++counts_.refused;
    const auto self =
        std::find_if(under_way_.begin(), under_way_.end(), [&](const auto& one) { return one.get() == &append; });
    if (append.fate.leader) {
        append.unread = error.where.starts_with("offset ");
        for (const Sent& event : append.sent) unsure_.erase(event.payload);
        return;
    }
    if (append.fate.denied || !append.fate.duplicates.empty()) return;  // a look-up that failed
    if (append.doomed) return;
    expect(self != under_way_.end(), "refused although it is not under way");
    // Refused at once: it has never been handed over.
    if (starting_ == &append) {
        under_way_.erase(self);
        for (const Sent& event : append.sent) unsure_.erase(event.payload);
        return;
    }
    expect(self == under_way_.begin(), "refused before those in front of it");
    refuse_those_behind(append, error);
    if (error.code == log::Errc::topic_failed || !std::exchange(try_again_, false)) return;
    note("at once, while those behind it wait for their answers:");
    start(any_events());
}

// A part of a batch may be in the log by now. All behind it are refused as well.
void History::refuse_those_behind(Append& append, const Error& error) {
    for (const auto& other : under_way_) other->doomed = true;
    under_way_.clear();
    if (error.code == log::Errc::topic_failed) return;  // the next start says what is there
    disk_.fail_call(0, {});                             // that is for the store, not for who checks it
    const std::vector<Record> tail = read_log(store_->core()->topic(), model_.size());
    expect(tail.size() < append.sent.size(), "an append was refused, and is there");
    for (std::size_t i = 0; i < tail.size(); ++i) {
        Record record = tail[i];
        expect_same(record, append.sent[i], model_.size());
        unsure_.erase(append.sent[i].payload);
        record.hidden = true;
        model_.add(std::move(record));
        ++counts_.hidden;
    }
}

void History::taken(Append& append, const Receipts& receipts) {
    note("#" + std::to_string(append.sent.front().number) + ": done");
    const Fate& fate = append.fate;
    expect(!fate.denied, "taken, and it must be: ", fate.denied ? fate.denied->message() : "");
    if (!fate.duplicates.empty() || fate.leader) {
        for (const Sent& event : append.sent) unsure_.erase(event.payload);
        ++(fate.leader ? counts_.followers : counts_.duplicates);
        append.receipts = receipts;
        if (!fate.leader) known(append, fate.duplicates);
        return;
    }
    expect(!append.doomed, "taken, although one before it was refused");
    expect(!under_way_.empty() && under_way_.front().get() == &append, "acknowledged before those in front of it");
    under_way_.pop_front();
    expect(receipts.size() == append.sent.size(), receipts.size(), " receipts");
    ++counts_.acknowledged;
    std::vector<Record> written;  // where something was encrypted
    if (std::any_of(append.sent.begin(), append.sent.end(),
                    [&](const Sent& sent) { return sent.options.erasable || model_.is_erasable(sent.entity); })) {
        disk_.fail_call(0, {});  // that is for the store, not for who checks it
        written = read_log(store_->core()->topic(), model_.size());
        expect(written.size() >= receipts.size(), "what was acknowledged can't be read");
        ++counts_.secrets;
    }
    const std::uint64_t first = model_.size();
    const std::int64_t time = std::max(append.now, model_.log().empty() ? 0 : model_.log().back().time);
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const AppendReceipt& receipt = receipts[i];
        const Sent& sent = append.sent[i];
        expect(receipt.global_sequence == first + i, "global sequence ", receipt.global_sequence, " for ", first + i);
        expect(!receipt.duplicate && receipt.sequence == receipt.position.sequence, "its receipt");
        const auto stream = model_.stream(sent.entity);
        const bool secret = stream.empty() ? sent.options.erasable : model_.is_erasable(sent.entity);
        const std::string& payload = secret ? written[i].payload : sent.payload;
        Record record{.header = {},
                      .payload = payload,
                      .prev_hash = stream.empty() ? Hash{} : model_.log()[stream.back()].event_hash,
                      .event_hash = receipt.event_hash,
                      .entity = sent.entity,
                      .scope = sent.scope,
                      .key = sent.options.idempotency_key,
                      .batch = {},
                      .time = time};
        if (receipts.size() > 1) record.batch = BatchMark{first, receipts.size()};
        record.header = {receipt.event_id,
                         sent.options.correlation_id.value_or(receipt.event_id),
                         sent.options.causation_id,
                         time / 1000,
                         receipt.position,
                         payload.size(),
                         sent.kind,
                         sent.options.flags,
                         blake3(log::as_bytes(payload))};
        if (secret) model_.keep_plain(receipt.event_id, sent.payload);
        model_.add(std::move(record));
        append.globals.push_back(first + i);
        unsure_.erase(sent.payload);
    }
}

// The receipts of what is there already.
void History::known(const Append& append, const std::vector<std::uint64_t>& globals) const {
    const Receipts& receipts = append.receipts;
    expect(receipts.size() == globals.size(), receipts.size(), " receipts for ", globals.size(), " known events");
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const Record& record = model_.log()[globals[i]];
        expect(receipts[i].duplicate, "its receipt does not say that it was there already");
        expect(receipts[i].global_sequence == globals[i] && receipts[i].event_id == record.header.event_id &&
                   receipts[i].event_hash == record.event_hash && receipts[i].position == record.header.position &&
                   receipts[i].sequence == record.sequence(),
               "another receipt than the first one, for #", append.sent.front().number);
    }
}

// A single event gets the receipt of the one that has its key, a batch those of its batch.
std::vector<std::uint64_t> History::globals_of_leader(const Append& append) const {
    const Append& leader = *append.fate.leader;
    if (append.sent.size() > 1 || leader.sent.size() == 1) return leader.globals;
    for (std::size_t i = 0; i < leader.sent.size(); ++i) {
        if (leader.sent[i].options.idempotency_key == append.sent.front().options.idempotency_key)
            return {leader.globals[i]};
    }
    return {};
}

// It is told before or after the one that it follows, and the same.
void History::check_follower(const Append& append) const {
    if (!append.fate.leader || append.unread) return;
    const bool refused = append.receipts.empty();
    expect(refused == append.fate.leader->globals.empty(), "#", append.sent.front().number,
           refused ? ": refused, and its key is there" : ": taken, and the one that it follows was refused");
    if (!refused) known(append, globals_of_leader(append));
}

// What the log holds after a start is the new model: what was safe, and behind it only what was refused or never
// answered, each append with its first events or not at all.
void History::accept_what_turned_up() {
    const std::size_t sure =
        std::max(std::exchange(synced_, 0), model_.size() - std::min(model_.size(), std::exchange(lost_, 0)));
    const std::vector<Record> found = read_log(store_->core()->topic(), 0);
    const auto& before = model_.log();
    std::size_t kept = 0;
    const auto same = [](Record a, const Record& b) { return a.hidden = b.hidden, a == b; };
    while (kept < std::min(found.size(), before.size()) && same(found[kept], before[kept])) ++kept;
    expect(kept >= sure, sure, " records were safe; the log agrees on ", kept, " and has ", found.size());
    Model fresh{found};
    fresh.keep_plains_of(model_);
    std::uint64_t last_number = 0;
    for (std::size_t global = kept; global < found.size(); ++global) {
        if (found[global].erases()) {
            expect(unsure_erased_.count(found[global].entity) == 1, "record ", global,
                   " erases, and nobody wanted that");
            continue;
        }
        const auto sent = sent_of(found[global], fresh, last_number);
        expect(sent != unsure_.end(), "record ", global, " was never sent, or is there twice");
        expect_same(found[global], sent->second, global);
        expect(sent->second.number > last_number, "record ", global, " is out of order");
        last_number = sent->second.number;
        fresh.keep_plain(found[global].header.event_id, sent->second.payload);
        unsure_.erase(sent);
    }
    unsure_erased_.clear();
    for (std::size_t global = 0; global < kept; ++global) {
        const bool lost = fresh.log()[global].hidden && !before[global].hidden;
        const auto batch = before[global].batch;
        const bool may_be = batch && batch->first + batch->count > sure;  // some of its records may be gone
        expect(!lost || may_be, "record ", global, " was acknowledged, and is hidden");
    }
    counts_.turned_up += found.size() - kept;
    model_ = std::move(fresh);
}

}  // namespace station::ledger::test
