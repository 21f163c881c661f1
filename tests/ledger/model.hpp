// What a ledger is, in maps: the records that its log holds, in order, and what follows from them. It knows nothing of
// files, threads or an index, and is slow. History holds a store against it.
#pragma once

#include <drivers/check.hpp>
#include <map>
#include <station/ledger/event/event.hpp>
#include <station/ledger/wire/message_pack.hpp>
#include <string>
#include <vector>

namespace station::ledger::test {

using lab::expect;

struct Record {
    EventHeader header;
    std::string payload;
    Hash prev_hash;
    Hash event_hash;
    std::string entity;
    std::string scope;
    std::optional<EventId> key;
    std::optional<BatchMark> batch;
    std::int64_t time = 0;
    bool hidden = false;

    std::uint64_t sequence() const { return header.position.sequence; }
    bool encrypted() const { return erasable_extension(log::as_bytes(payload)).has_value(); }
    bool erases() const { return header.event_kind == kinds::erased; }
    friend bool operator==(const Record&, const Record&) = default;
};

inline Record record_of(const EventView& event, std::int64_t time) {
    return {event.header,
            std::string{log::as_text(event.payload)},
            event.prev_hash,
            event.event_hash,
            std::string{event.entity},
            std::string{event.scope},
            event.idempotency_key,
            event.batch,
            time,
            false};
}

class Model {
  public:
    Model() = default;
    // Of a log that nobody appends to: a batch counts where all of it is there. Throws Broken for what can't be a
    // ledger.
    explicit Model(const std::vector<Record>& log) {
        for (std::size_t i = 0; i < log.size(); ++i) {
            Record record = log[i];
            if (record.batch) {
                const auto [first, count] = *record.batch;
                expect(count > 1 && first <= i, "record ", i, " names a batch that can't be");
                record.hidden = first + count > log.size();
                for (std::uint64_t j = first; !record.hidden && j < first + count; ++j) {
                    record.hidden = log[j].batch != record.batch;
                }
            }
            add(std::move(record));
        }
    }

    // The next record of the log.
    void add(Record record) {
        const std::uint64_t global = log_.size();
        const EventHeader& header = record.header;
        const Position& position = header.position;
        expect(log_.empty() || header.event_id > log_.back().header.event_id, "record ", global, ": its id");
        expect(log_.empty() || record.time >= log_.back().time, "record ", global, ": its time");
        expect(header.timestamp_us == record.time / 1000, "record ", global, ": its timestamp");
        expect(position.wall_ms == static_cast<std::uint64_t>(record.time / 1'000'000), "record ", global, ": wall_ms");
        const bool same_moment = !log_.empty() && log_.back().header.position.wall_ms == position.wall_ms;
        expect(position.counter == (same_moment ? log_.back().header.position.counter + 1 : 0), "record ", global,
               ": counter ", position.counter);
        expect(position.depth == 0 && position.lane == 0, "record ", global, ": depth and lane");
        if (!record.hidden) {
            auto& events = entities_[record.entity];
            expect(position.sequence == events.size(), "record ", global, ": sequence ", position.sequence, " for ",
                   events.size());
            expect(record.prev_hash == (events.empty() ? Hash{} : log_[events.back()].event_hash), "record ", global,
                   ": the chain");
            expect(record.erases()
                       ? is_erasable(record.entity)
                       : record.encrypted() == (events.empty() ? record.encrypted() : is_erasable(record.entity)),
                   "record ", global, ": its payload is ", record.encrypted() ? "" : "not ", "encrypted");
            if (record.key) expect(keys_.emplace(*record.key, global).second, "record ", global, ": its key is taken");
            events.push_back(global);
        }
        log_.push_back(std::move(record));
    }

    const std::vector<Record>& log() const { return log_; }
    std::size_t size() const { return log_.size(); }
    // Global sequences, ascending.
    std::vector<std::uint64_t> stream(const std::string& entity) const {
        const auto found = entities_.find(entity);
        return found == entities_.end() ? std::vector<std::uint64_t>{} : found->second;
    }
    std::optional<std::uint64_t> key(const EventId& key) const {
        const auto found = keys_.find(key);
        return found == keys_.end() ? std::nullopt : std::optional{found->second};
    }
    // Its first event was.
    bool is_erasable(const std::string& entity) const {
        const auto found = entities_.find(entity);
        return found != entities_.end() && !found->second.empty() && log_[found->second.front()].encrypted();
    }
    // An ERASED came behind it.
    bool is_erased(std::uint64_t global) const {
        for (const std::uint64_t other : stream(log_[global].entity)) {
            if (other > global && log_[other].erases()) return true;
        }
        return false;
    }
    // What an encrypted event says; nullopt: nobody can know.
    void keep_plain(const EventId& id, std::string plain) { plains_.insert_or_assign(id, std::move(plain)); }
    void keep_plains_of(const Model& other) { plains_.insert(other.plains_.begin(), other.plains_.end()); }
    std::optional<std::string> plain(std::uint64_t global) const {
        if (!log_[global].encrypted()) return log_[global].payload;
        const auto found = plains_.find(log_[global].header.event_id);
        return found == plains_.end() || is_erased(global) ? std::nullopt : std::optional{found->second};
    }
    // Those that are not hidden and of which `holds` says so.
    template <typename Holds>
    std::vector<std::uint64_t> select(Holds holds) const {
        std::vector<std::uint64_t> found;
        for (std::uint64_t global = 0; global < log_.size(); ++global) {
            if (!log_[global].hidden && holds(log_[global])) found.push_back(global);
        }
        return found;
    }

  private:
    std::vector<Record> log_;
    std::map<std::string, std::vector<std::uint64_t>> entities_;
    std::map<EventId, std::uint64_t> keys_;
    std::map<EventId, std::string> plains_;
};

}  // namespace station::ledger::test
