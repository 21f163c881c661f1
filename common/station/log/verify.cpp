#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <station/log/config.hpp>
#include <station/log/detail/follower.hpp>
#include <station/log/detail/live_marks.hpp>
#include <station/log/detail/meta.hpp>
#include <station/log/detail/recovery.hpp>
#include <station/log/detail/scan.hpp>
#include <station/log/verify.hpp>

namespace station::log {
namespace {

class TopicCheck {
  public:
    // `look_again`: what bus.meta.json says of the topic by then.
    TopicCheck(OpenFiles& disk, const Path& folder, const TopicName& topic, std::optional<std::uint64_t> up_to,
               const std::function<void(std::uint64_t)>& progress, std::uint64_t& done,
               std::function<TopicName()> look_again)
        : disk_(disk),
          folder_(folder),
          topic_(topic),
          up_to_(up_to),
          progress_(progress),
          done_(done),
          look_again_(std::move(look_again)) {
        verdict_.topic = folder.filename().string();
    }

    Result<TopicVerdict> run() {
        auto recovered = recover();
        // Its owner may be letting segments go meanwhile.
        constexpr int kTries = 100;
        for (int tries = 0; tries < kTries && (!recovered || !recovered->report.damage.empty()); ++tries) {
            if (!has_moved_on()) break;
            recovered = recover();
        }
        if (!recovered) return tl::unexpected(recovered.error());
        verdict_.damage = recovered->report.damage;
        verdict_.first_offset = recovered->report.first_offset;
        if (!recovered->segments.empty()) expected_.offset = recovered->segments.front()->base_offset();
        for (const auto& segment : recovered->segments) {
            auto error = check(*segment, segment == recovered->segments.back());
            if (!error) continue;
            const bool gone = error->code == std::errc::no_such_file_or_directory && has_moved_on() &&
                              segment->number() < topic_.first_segment;
            if (!gone) return tl::unexpected(std::move(*error));
            verdict_.notes.push_back(segment->path().string() + ": went by retention while it was read");
        }
        return std::move(verdict_);
    }

  private:
    // What recovery would say of the files it would not believe: torn tails are its business, not damage.
    Result<RecoveredTopic> recover() {
        RecoveryOptions options;
        options.read_only = true;
        options.stream = topic_.stream;
        options.first_segment = topic_.first_segment;
        options.first_offset = topic_.first_offset;
        options.front_may_be_missing = topic_.retention.any();
        options.up_to = up_to_;
        return recover_topic(disk_, folder_, options);
    }

    bool has_moved_on() {
        const std::uint32_t before = topic_.first_segment;
        topic_ = look_again_();
        return topic_.first_segment > before;
    }

    std::optional<Error> check(Segment& segment, bool last) {
        const auto file = disk_.share(segment.path());
        if (!file) return Error{file.error(), segment.path().string()};
        const auto size = (*file)->size();
        if (!size) return Error{size.error(), segment.path().string()};
        const auto progress = [this](std::uint64_t bytes) {
            if (progress_) progress_(done_ + bytes);
        };
        if (expected_.offset < segment.base_offset()) expected_.offset = segment.base_offset();
        IndexFile index;
        const auto state = read_index(disk_, segment.index_path(), index);
        if (!state) return Error{state.error(), segment.index_path().string()};
        if (*state != IndexState::sound || index.summary.created != segment.header().created) index.index = {};
        const std::uint64_t limit = std::min(*size, segment.end());
        const ScanOptions how{segment.base_offset(), 1, index.index.entries(), up_to_, progress};
        const auto scanned = scan_segment(segment, limit, expected_, how);
        if (!scanned) return Error{scanned.error(), segment.path().string()};
        done_ += limit;
        ++verdict_.segments;
        verdict_.events += scanned->events;
        verdict_.bytes += limit;
        for (const Gap& gap : scanned->gaps) add(segment, gap);
        check_index(segment, *scanned, *state, index, last);
        expected_ = scanned->next;
        return up_to_ ? std::nullopt : check_rest(segment, limit, *size);
    }

    std::optional<Error> check_rest(Segment& segment, std::uint64_t end, std::uint64_t size) {
        if (end >= size) return std::nullopt;
        RecordWindow window;
        const auto rest = end_of_bytes(segment, window, end, size);
        if (!rest) return Error{rest.error(), segment.path().string()};
        if (*rest > end && verdict_.damage.empty()) {
            verdict_.notes.push_back(segment.path().string() + ": a torn tail of " + std::to_string(*rest - end) +
                                     " bytes at byte " + std::to_string(end) + ", which the next start cuts");
        }
        return std::nullopt;
    }

    void add(const Segment& segment, const Gap& gap) {
        const std::string path = segment.path().string();
        const auto known = [&](const Damage& damage) { return damage.file == path && damage.from == gap.from; };
        if (std::any_of(verdict_.damage.begin(), verdict_.damage.end(), known)) return;
        verdict_.damage.push_back({gap, path, "no valid record"});
    }

    void check_index(const Segment& segment, const Scan& scanned, IndexState state, const IndexFile& index, bool last) {
        if (state == IndexState::broken) lie(segment, "the index file is broken; the next start makes it again");
        if (state == IndexState::none && !last && !up_to_) {
            verdict_.notes.push_back(segment.index_path().string() + ": missing, the next start makes it");
        }
        if (state == IndexState::sound && !index.summary.sealed && !last && !up_to_) {
            verdict_.notes.push_back(segment.index_path().string() +
                                     ": of a clean close, and the log went on; the next start makes it");
        }
        if (state == IndexState::sound && (index.summary.sealed || !last)) compare(segment, scanned, index, last);
    }

    void compare(const Segment& segment, const Scan& scanned, const IndexFile& index, bool last) {
        const auto& all = scanned.index.entries();  // every record: the stride was 1
        // What it says of events behind the mark is none of this reader's business.
        const auto unseen = [&](std::uint64_t offset) { return up_to_ && offset >= *up_to_; };
        const auto lies = [&](const IndexEntry& entry) {
            if (unseen(segment.base_offset() + entry.offset)) return false;
            const auto at = std::lower_bound(all.begin(), all.end(), entry.position,
                                             [](const IndexEntry& a, auto position) { return a.position < position; });
            return at == all.end() || at->position != entry.position || at->offset != entry.offset ||
                   at->time != entry.time || at->id != entry.id;
        };
        const auto& entries = index.index.entries();
        const bool whole = index.summary.sealed && !last && !unseen(index.summary.next_offset);
        const bool wrong_end = whole && scanned.gaps.empty() && index.summary.next_offset != scanned.next.offset;
        if (wrong_end || (scanned.gaps.empty() && std::any_of(entries.begin(), entries.end(), lies))) {
            lie(segment, "the index does not say what the log says");
        }
    }

    void lie(const Segment& segment, const char* what) {
        verdict_.damage.push_back({{}, segment.index_path().string(), what});
    }

    OpenFiles& disk_;
    const Path folder_;
    TopicName topic_;
    const std::optional<std::uint64_t> up_to_;
    const std::function<void(std::uint64_t)>& progress_;
    std::uint64_t& done_;
    const std::function<TopicName()> look_again_;
    Expectation expected_;
    TopicVerdict verdict_;
};

std::string describe(const Record& record) {
    return "record, " + std::to_string(record.size()) + " bytes: offset " + std::to_string(record.offset) + ", id " +
           record.id.to_text() + ", time " + std::to_string(record.time) + ", unsynced " +
           std::to_string(record.unsynced) + ", payload " + std::to_string(record.payload.size()) + " bytes, headers " +
           std::to_string(record.headers.size()) + " bytes";
}

// The bytes of a gap, and what looks like a record there. A broken record whose frame holds together is one thing.
template <typename AtByte>
std::error_code dump_gap(ByteSource& source, RecordWindow& window, const Gap& gap, const AtByte& at_byte) {
    const auto no_record = [&](std::uint64_t from, std::uint64_t to) {
        if (to > from) at_byte(from, std::to_string(to - from) + " bytes that are no valid record");
    };
    std::uint64_t told = gap.from;
    auto at = end_of_frame(source, window, gap.from, gap.to);
    while (at && *at < gap.to) {
        Record record;
        at = find_record(source, window, *at, gap.to, record);
        if (!at || *at == gap.to) break;
        no_record(told, *at);
        at_byte(*at, "fenced, since nothing vouches for it: " + describe(record));
        at = told = *at + record.size();
    }
    if (!at) return at.error();
    no_record(told, gap.to);
    return {};
}

// Stream 0 where nothing says it.
TopicName find_name(const Meta& meta, const std::string& topic) {
    const auto known =
        std::find_if(meta.topics.begin(), meta.topics.end(), [&](const auto& name) { return name.name == topic; });
    return known == meta.topics.end() ? TopicName{topic} : *known;
}

// How far a topic is to be judged; nullopt: all of it.
using UpTo = std::function<Expected<std::optional<std::uint64_t>>(const Path& folder, std::uint32_t stream)>;

Result<std::vector<TopicVerdict>> verify_up_to(Disk& disk, const Path& dir, const std::vector<std::string>& topics,
                                               const std::function<void(std::uint64_t)>& progress, const UpTo& up_to) {
    const auto found = disk.list(dir / kTopicsFolder);
    if (!found && found.error() == std::errc::no_such_file_or_directory) return failed(Errc::no_bus, dir.string());
    if (!found) return failed(found.error(), (dir / kTopicsFolder).string());
    // A list that can't be understood is not what is looked at here; one that can't be read now is.
    auto known = load_meta(disk, dir / kMetaFile);
    if (!known && known.error().code != Errc::bad_meta) return tl::unexpected(std::move(known.error()));
    if (!known) known = Meta{};
    std::vector<std::string> names = topics;
    if (names.empty()) {
        const auto is_deleted = [&](const std::string& name) {
            return std::any_of(known->deleted.begin(), known->deleted.end(),
                               [&](const TopicName& topic) { return topic.name == name; });
        };
        std::copy_if(found->begin(), found->end(), std::back_inserter(names),
                     [&](const std::string& name) { return is_topic_name(name) && !is_deleted(name); });
        std::sort(names.begin(), names.end());
    }
    OpenFiles files{disk, Access::read};
    std::vector<TopicVerdict> verdicts;
    std::uint64_t done = 0;
    for (const std::string& name : names) {
        if (std::find(found->begin(), found->end(), name) == found->end()) return failed(Errc::no_such_topic, name);
        const TopicName topic = find_name(*known, name);
        const Path folder = dir / kTopicsFolder / name;
        auto mark = up_to(folder, topic.stream);
        if (!mark) return failed(mark.error(), folder.string());
        if (*mark == std::numeric_limits<std::uint64_t>::max()) mark->reset();  // nobody writes to it
        const auto look_again = [&] {
            const auto meta = load_meta(disk, dir / kMetaFile);
            return meta ? find_name(*meta, name) : topic;
        };
        auto verdict = TopicCheck{files, folder, topic, *mark, progress, done, look_again}.run();
        const bool stranger = !verdict && verdict.error().code == std::errc::not_a_directory;
        if (stranger && topics.empty()) continue;
        if (!verdict) return tl::unexpected(std::move(verdict.error()));
        verdicts.push_back(std::move(*verdict));
    }
    return verdicts;
}

}  // namespace

Result<std::vector<TopicVerdict>> verify(Disk& disk, const Path& dir, const std::vector<std::string>& topics,
                                         const std::function<void(std::uint64_t)>& progress, const Mark& mark) {
    using Seen = Expected<std::optional<std::uint64_t>>;
    if (mark) {
        return verify_up_to(disk, dir, topics, progress, [&](auto&, auto stream) -> Seen { return mark(stream); });
    }
    if (!disk.is_shared()) {
        return verify_up_to(disk, dir, topics, progress, [](auto&, auto) -> Seen { return std::nullopt; });
    }
    // One moment is judged: where the folder's owner comes or goes meanwhile, it is looked at again.
    constexpr int kTries = 20;
    for (int tries = 1;; ++tries) {
        const auto owner = look_at_settled_owner(dir);
        if (!owner) return failed(owner.error(), dir.string());
        auto verdicts =
            verify_up_to(disk, dir, topics, progress, [&](const Path& folder, std::uint32_t stream) -> Seen {
                if (!owner->owned) return std::nullopt;
                if (!owner->marked) return sealed_end(disk, folder);
                return owner->mark(stream);
            });
        const auto after = look_at_owner(dir);
        if (!after) return failed(after.error(), dir.string());
        if (owner->same_owner(*after) || tries == kTries) return verdicts;
    }
}

std::string to_json(const TopicVerdict& verdict) {
    using Json = nlohmann::ordered_json;
    Json damage = Json::array();
    for (const Damage& found : verdict.damage) {
        damage.push_back({{"file", found.file},
                          {"byte", found.from},
                          {"to", found.to},
                          {"first_offset", found.first_offset},
                          {"next_offset", found.next_offset},
                          {"reason", found.reason}});
    }
    const Json json{{"topic", verdict.topic},       {"first_offset", verdict.first_offset},
                    {"segments", verdict.segments}, {"events", verdict.events},
                    {"bytes", verdict.bytes},       {"damage", damage},
                    {"notes", verdict.notes}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::error_code dump_segment(Disk& disk, const Path& path, const std::function<void(const std::string&)>& line) {
    const auto file = disk.open(path, Open::read);
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    const auto at_byte = [&](std::uint64_t at, const std::string& what) { line(std::to_string(at) + ": " + what); };
    if (*size == 0) {
        at_byte(0, "empty");
        return {};
    }
    RecordWindow window;
    // A writer beside this may give back what it had written ahead.
    FileReader source{**file, FileReader::End::zeros};
    const auto head = window.bytes(source, 0, std::min<std::uint64_t>(*size, kSegmentHeaderSize), kSegmentHeaderSize);
    if (!head) return head.error();
    SegmentHeader header;
    if (decode_segment_header(*head, header) == Decoded::ok) {
        at_byte(0, "segment header: base offset " + std::to_string(header.base_offset) + ", created " +
                       std::to_string(header.created) + ", stream " + std::to_string(header.stream) + ", flags " +
                       std::to_string(header.flags));
    } else {
        at_byte(0, "no valid segment header");
    }
    auto index = load_index(disk, Path{path}.replace_extension(".idx"));
    if (!index) return index.error();
    if (*index && (*index)->summary.created != header.created) index = std::nullopt;
    std::span<const IndexEntry> entries;
    if (*index) entries = (*index)->index.entries();
    Expectation expected{header.base_offset, std::numeric_limits<std::int64_t>::min(), {}};
    for (std::uint64_t at = kSegmentHeaderSize; at < *size;) {
        Record record;
        const auto decoded = window.decode(source, at, *size, record);
        if (!decoded) return decoded.error();
        if (*decoded == Decoded::ok && expected.met_by(record)) {
            at_byte(at, describe(record));
            expected.advance(record);
            at += record.size();
            continue;
        }
        const auto gap = find_gap(source, window, {at, *size, expected, header.base_offset, entries});
        if (!gap) return gap.error();
        if (const auto error = dump_gap(source, window, *gap, at_byte)) return error;
        if (!gap->record_behind) {
            if (*size > gap->to) at_byte(gap->to, std::to_string(*size - gap->to) + " zero bytes to the end");
            break;
        }
        at = gap->to;
        expected.offset = gap->next_offset;
    }
    return {};
}

}  // namespace station::log
