#include <station/ledger/proof/tree.hpp>
#include <station/ledger/store/detail/chain_check.hpp>
#include <station/ledger/store/verify.hpp>
#include <station/log/bus.hpp>

namespace station::ledger {
namespace {

// What the ledger must be the continuation of.
class HeadCheck {
  public:
    explicit HeadCheck(const Head& head) : head_(head) {}

    void add(const EventId& id, const Hash& event_hash) {
        if (edge_.size() == 0) origin_ = id;
        if (edge_.size() < head_.size) edge_.append(merkle::leaf_hash(event_hash.bytes));
    }

    // Once all records are in.
    std::string wrong(const std::string& ledger) const {
        if (head_.ledger != ledger) return "the head is one of the ledger " + head_.ledger;
        if (const auto fits = check_signature(head_); !fits) return fits.error().where;
        if (head_.size > edge_.size()) {
            return "the head was made of " + std::to_string(head_.size) + " records, and there are " +
                   std::to_string(edge_.size()) + ": the end is cut off";
        }
        if (head_.origin && head_.origin != origin_)
            return "the head is one of another ledger: their first records differ";
        if (edge_.root() == head_.root) return {};
        return "the first " + std::to_string(head_.size) + " records are not those that the head was made of";
    }

  private:
    const Head& head_;
    merkle::Edge<> edge_;
    std::optional<EventId> origin_;
};

// Of a record that does not hold together, as far as its bytes still say what it was.
void name_damaged(log::Disk& disk, const log::Damage& damage, Wrong& wrong) {
    constexpr std::uint64_t kMost = log::kMaxPayload + log::kMaxHeaders + log::kRecordOverhead;
    const std::uint64_t size = std::min(damage.to - damage.from, kMost);
    const auto file = disk.open(damage.file, log::Open::read);
    if (!file) return;
    std::vector<std::byte> bytes(size);
    const auto read = (*file)->read_at(damage.from, bytes);
    if (!read) return;
    const Bytes framed{bytes.data(), *read};
    const auto record_size = log::framed_size(framed);
    if (!record_size || *record_size < log::kRecordOverhead || *record_size > framed.size()) return;
    const auto event = decode_event(framed.subspan(log::kRecordOverhead - 8, *record_size - log::kRecordOverhead));
    if (!event) return;
    wrong.entity = event->entity;
    wrong.sequence = event->header.position.sequence;
}

class Verification {
  public:
    Verification(const VerifyConfig& config, log::Topic topic)
        : config_(config), topic_(std::move(topic)), end_(topic_.next_offset()) {
        if (config_.head) head_.emplace(*config_.head);
    }

    Result<Verdict> run() {
        if (topic_.condition() == log::Condition::unreadable) return tl::unexpected(unreadable());
        log::Cursor cursor = topic_.subscribe(log::StartFrom::beginning());
        while (!done()) {
            const auto batch = cursor.poll({.events = 4096, .bytes = std::size_t{4} << 20});
            if (!batch && batch.error() == log::Errc::damaged) return damaged(cursor.damage());
            if (!batch && batch.error().category() == make_error_code(log::Errc::closed).category()) break;
            if (!batch) return failed(batch.error(), "offset " + std::to_string(verdict_.records));
            if (batch->empty()) break;
            for (const log::EventView& record : *batch) {
                if (done()) break;
                if (!take(record)) return std::move(verdict_);
            }
            if (config_.progress) config_.progress(verdict_.bytes);
        }
        return finish();
    }

  private:
    // Where somebody appends, a batch may be cut by the end of what there was when we began.
    bool done() const { return verdict_.records >= end_ && !chains_.in_batch(); }

    bool take(const log::EventView& record) {
        if (record.offset != verdict_.records) return missing(record.offset), false;
        ++verdict_.records;
        verdict_.bytes += record.size();
        const auto event = decode_event(record.payload);
        if (!event) {
            verdict_.wrong = Wrong{.global_sequence = record.offset, .what = event.error().message()};
            return false;
        }
        if (const char* const what = chains_.take(record, *event)) {
            verdict_.wrong = Wrong{record.offset, std::string{event->entity}, event->header.position.sequence, what};
            count();
            return false;
        }
        if (head_) head_->add(record.id, event->event_hash);
        if (config_.event_hash) config_.event_hash(event->event_hash);
        return true;
    }

    Result<Verdict> finish() {
        chains_.end();
        count();
        // What lies at the very end is nothing that a cursor runs into.
        if (!topic_.recovery().damage.empty()) return damaged(topic_.recovery().damage.front());
        if (verdict_.records < end_) {
            missing(end_);
        } else if (head_) {
            if (auto what = head_->wrong(config_.ledger); !what.empty())
                verdict_.wrong = Wrong{.what = std::move(what)};
        }
        return std::move(verdict_);
    }

    void count() {
        verdict_.hidden = chains_.hidden();
        verdict_.entities = chains_.entities();
    }

    void missing(std::uint64_t up_to) {
        verdict_.wrong = Wrong{.global_sequence = verdict_.records,
                               .what = "the events from here up to " + std::to_string(up_to) + " are missing"};
        count();
    }

    Result<Verdict> damaged(const log::Damage& damage) {
        Wrong wrong{.global_sequence = damage.first_offset,
                    .what = "the log is damaged: " + damage.file + ", bytes " + std::to_string(damage.from) +
                            " up to " + std::to_string(damage.to) + ": " + damage.reason};
        name_damaged(config_.disk != nullptr ? *config_.disk : log::posix_disk(), damage, wrong);
        verdict_.wrong = std::move(wrong);
        count();
        return std::move(verdict_);
    }

    Error unreadable() const { return Error{topic_.problem().code, topic_.problem().where, std::nullopt}; }

    const VerifyConfig& config_;
    log::Topic topic_;
    const std::uint64_t end_;
    ChainCheck chains_;
    std::optional<HeadCheck> head_;
    Verdict verdict_;
};

}  // namespace

std::string Wrong::message() const {
    std::string text;
    if (global_sequence) text = "event " + std::to_string(*global_sequence);
    if (sequence) text += " (entity " + entity + ", sequence " + std::to_string(*sequence) + ")";
    return text.empty() ? what : text + ": " + what;
}

Result<Verdict> verify(const VerifyConfig& config) {
    log::BusConfig bus_config;
    bus_config.dir = config.dir;
    bus_config.read_only = true;
    bus_config.disk = config.disk;
    auto bus = log::Bus::open(std::move(bus_config));
    if (!bus) return failed(bus.error().code, bus.error().where);
    const auto topic = bus->topic(config.ledger);
    if (!topic) return failed(topic.error(), "ledger " + config.ledger);
    return Verification{config, *topic}.run();
}

}  // namespace station::ledger
