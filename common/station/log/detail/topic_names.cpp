#include <algorithm>
#include <limits>
#include <station/log/detail/folder.hpp>
#include <station/log/detail/topic_names.hpp>
#include <station/log/layout.hpp>
#include <station/log/record.hpp>
#include <unordered_set>

namespace station::log {

TopicNames::TopicNames(Disk& disk, const Path& dir, std::string first_topic, Tell tell)
    : disk_(disk),
      topics_(dir / kTopicsFolder),
      meta_path_(dir / kMetaFile),
      first_topic_(std::move(first_topic)),
      tell_(std::move(tell)) {}

std::optional<Error> TopicNames::load(bool read_only) {
    auto names = load_meta(disk_, meta_path_);
    if (!names) return names.error();
    meta_ = std::move(*names);
    if (!read_only) finish_removals();
    return adopt_strays(read_only);
}

bool TopicNames::taken(std::uint32_t stream) const {
    return std::any_of(meta_.topics.begin(), meta_.topics.end(),
                       [&](const TopicName& topic) { return topic.stream == stream; });
}

void TopicNames::pass_over(const std::string& entry, const std::string& why) const {
    tell_(Severity::warning, (topics_ / entry).string() + " is passed over: " + why);
}

TopicName TopicNames::named(const Stray& stray) {
    TopicName topic{stray.name, stray.stream};
    topic.first_segment = stray.first_segment;
    topic.first_offset = stray.first_offset;
    return topic;
}

// Topics without their line in bus.meta.json, or all of them where that file is lost.
std::optional<Error> TopicNames::adopt_strays(bool read_only) {
    auto strays = find_strays();
    if (!strays) return Error{strays.error(), topics_.string()};
    if (strays->empty()) return std::nullopt;
    number(*strays);
    const std::vector<TopicName> recorded = meta_.topics;
    for (const Stray& stray : *strays) meta_.topics.push_back(named(stray));
    if (read_only || strays->empty()) return std::nullopt;
    const auto error = store();
    if (!error) return std::nullopt;
    if (!is_transient(error)) return Error{error, meta_path_.string()};
    tell_(Severity::warning, meta_path_.string() + " could not be written: " + error.message() +
                                 "; topics whose files do not name their number are not there until it can");
    // What could not be recorded is not registered, but where its segments record it.
    meta_.topics = recorded;
    for (const Stray& stray : *strays) {
        const auto on_disk = stream_on_disk(topics_ / stray.name);
        if (on_disk && *on_disk == stray.stream) meta_.topics.push_back(named(stray));
    }
    return std::nullopt;
}

Expected<std::vector<TopicNames::Stray>> TopicNames::find_strays() {
    auto entries = disk_.list(topics_);
    if (!entries) return tl::unexpected(entries.error());
    std::sort(entries->begin(), entries->end());
    std::unordered_set<std::string_view> known;
    for (const TopicName& topic : meta_.topics) known.insert(topic.name);
    for (const TopicName& topic : meta_.deleted) known.insert(topic.name);
    std::vector<Stray> strays;
    for (const std::string& entry : *entries) {
        if (known.contains(entry)) continue;
        if (auto stray = look_at(entry)) strays.push_back(std::move(*stray));
    }
    return strays;
}

// What is no topic is none of our business: a README, a backup, what the system leaves behind. Nor is a link: this
// program makes none, and what it leads to is not ours to write into unless bus.meta.json names it.
std::optional<TopicNames::Stray> TopicNames::look_at(const std::string& entry) {
    const auto kind = disk_.kind(topics_ / entry);
    if (!kind) {
        pass_over(entry, kind.error().message());
    } else if (*kind == Kind::link) {
        pass_over(entry, "it is a link");
    } else if (*kind != Kind::folder) {
        pass_over(entry, "it is no folder");
    } else if (!is_topic_name(entry)) {
        pass_over(entry, "that is no name of a topic");
    } else if (const auto stream = stream_on_disk(topics_ / entry); !stream) {
        pass_over(entry, "its segments can't be read: " + stream.error().message());
    } else if (!*stream) {
        pass_over(entry, "it holds no segment");
    } else {
        Stray stray{entry, **stream};
        if (const auto error = find_first(stray)) {
            pass_over(entry, "its segments can't be read: " + error.message());
            return std::nullopt;
        }
        return stray;
    }
    return std::nullopt;
}

// What is missing at its front may have gone by retention: what would tell is lost.
std::error_code TopicNames::find_first(Stray& stray) {
    const auto names = disk_.list(topics_ / stray.name);
    if (!names) return names.error();
    std::uint32_t lowest = std::numeric_limits<std::uint32_t>::max();
    for (const std::string& name : *names) lowest = std::min(lowest, segment_number(name).value_or(lowest));
    const auto header = read_header(disk_, topics_ / stray.name / segment_file_name(lowest));
    if (!header) return header.error();
    if (lowest == 1 || !*header) return {};
    stray.first_segment = lowest;
    stray.first_offset = (*header)->base_offset;
    tell_(Severity::warning, (topics_ / stray.name).string() + " begins at offset " +
                                 std::to_string(stray.first_offset) + ": " + kMetaFile +
                                 ", which would say whether what is before it has gone by retention, does not name it");
    return {};
}

// The numbers on disk go first.
void TopicNames::number(std::vector<Stray>& strays) {
    std::vector<Stray> kept;
    const auto claimed = [&](std::uint32_t stream) {
        return taken(stream) ||
               std::any_of(kept.begin(), kept.end(), [&](const Stray& other) { return other.stream == stream; });
    };
    for (const Stray& stray : strays) {
        if (stray.stream == 0) continue;
        if (claimed(stray.stream)) {
            pass_over(stray.name, "its number, " + std::to_string(stray.stream) + ", is another topic's: a copy?");
        } else {
            kept.push_back(stray);
        }
    }
    for (Stray& stray : strays) {
        if (stray.stream != 0) continue;
        const auto stream = next_stream(stray.name, kept);
        if (!stream) {
            pass_over(stray.name, "no number is left for it");
            continue;
        }
        stray.stream = *stream;
        kept.push_back(stray);
    }
    strays = std::move(kept);
}

// nullopt: there is no segment file. 0: there are some, and none says it.
Expected<std::optional<std::uint32_t>> TopicNames::stream_on_disk(const Path& folder) {
    const auto names = disk_.list(folder);
    if (!names) return tl::unexpected(names.error());
    std::optional<std::uint32_t> found;
    for (const std::string& name : *names) {
        if (!segment_number(name)) continue;
        found = 0;
        const auto header = read_header(disk_, folder / name);
        if (!header) return tl::unexpected(header.error());
        if (*header) return (*header)->stream;
    }
    return found;
}

std::optional<std::uint32_t> TopicNames::next_stream(std::string_view name, const std::vector<Stray>& strays) const {
    constexpr std::uint32_t kLargest = std::numeric_limits<std::uint32_t>::max();
    const auto claimed = [&](std::uint32_t stream) {
        return taken(stream) ||
               std::any_of(strays.begin(), strays.end(), [&](const Stray& other) { return other.stream == stream; });
    };
    if (name == first_topic_ && meta_.last_stream == 0 && !claimed(1)) return 1;
    std::uint32_t highest = std::max(meta_.last_stream, first_topic_.empty() ? 0U : 1U);
    for (const TopicName& topic : meta_.topics) highest = std::max(highest, topic.stream);
    for (const Stray& stray : strays) highest = std::max(highest, stray.stream);
    if (highest < kLargest) return highest + 1;
    for (std::uint32_t stream = std::max(2U, meta_.last_stream); stream < kLargest; ++stream) {
        if (stream > meta_.last_stream && !claimed(stream)) return stream;
    }
    return std::nullopt;
}

std::error_code TopicNames::store() {
    if (failed_) return failed_;
    const auto error = store_meta(disk_, meta_path_, meta_);
    if (error && !is_transient(error)) failed_ = error;
    return error;
}

Expected<std::uint32_t> TopicNames::reserve(std::string_view name) {
    const auto known =
        std::find_if(meta_.topics.begin(), meta_.topics.end(), [&](const auto& topic) { return topic.name == name; });
    if (known != meta_.topics.end()) return known->stream;
    if (const auto error = remove_folder(name)) return tl::unexpected(error);
    // A folder that was passed over, or that somebody has put there since: its segments have a number already.
    const Path folder = topics_ / name;
    const auto kind = disk_.kind(folder);
    if (!kind) return tl::unexpected(kind.error());
    std::optional<std::uint32_t> stream;
    if (*kind == Kind::folder) {
        const auto on_disk = stream_on_disk(folder);
        if (!on_disk) return tl::unexpected(on_disk.error());
        if (*on_disk && **on_disk != 0) stream = **on_disk;
    } else if (*kind != Kind::none) {
        return tl::unexpected(std::make_error_code(std::errc::not_a_directory));
    }
    if (stream && taken(*stream)) return tl::unexpected(std::make_error_code(std::errc::file_exists));
    if (!stream) stream = next_stream(name, {});
    if (!stream) return tl::unexpected(std::make_error_code(std::errc::value_too_large));
    meta_.topics.push_back({std::string{name}, *stream});
    if (const auto error = store()) {
        // A sync that failed may have recorded it all the same: then nobody else may get the number.
        if (is_transient(error)) meta_.topics.pop_back();
        return tl::unexpected(error);
    }
    return *stream;
}

Expected<TopicName*> TopicNames::find(std::string_view name, std::uint32_t stream) {
    if (failed_) return tl::unexpected(failed_);
    for (TopicName& topic : meta_.topics) {
        if (topic.name == name && topic.stream == stream) return &topic;
    }
    return tl::unexpected(make_error_code(Errc::no_such_topic));
}

// After a sync that failed it may be the new one on the disk, which is then what holds.
std::error_code TopicNames::change(TopicName& topic, TopicName changed) {
    std::swap(topic, changed);
    const auto error = store();
    if (error && is_transient(error)) std::swap(topic, changed);
    return error;
}

std::error_code TopicNames::mark_ledger(std::string_view name, std::uint32_t stream) {
    const auto known = find(name, stream);
    if (!known) return known.error();
    if ((*known)->ledger) return {};
    TopicName changed = **known;
    changed.ledger = true;
    changed.retention = {};  // a ledger keeps everything
    return change(**known, std::move(changed));
}

std::error_code TopicNames::retain(std::string_view name, std::uint32_t stream, const Retention& retention) {
    const auto known = find(name, stream);
    if (!known) return known.error();
    if ((*known)->ledger) return Errc::ledger_topic;
    if ((*known)->retention == retention) return {};
    TopicName changed = **known;
    changed.retention = retention;
    return change(**known, std::move(changed));
}

std::error_code TopicNames::begin_at(std::string_view name, std::uint32_t stream, std::uint32_t number,
                                     std::uint64_t offset) {
    const auto known = find(name, stream);
    if (!known) return known.error();
    TopicName changed = **known;
    changed.first_segment = number;
    changed.first_offset = offset;
    return change(**known, std::move(changed));
}

std::error_code TopicNames::remove(std::string_view name, std::uint32_t stream) {
    const auto known = find(name, stream);
    if (!known) return known.error();
    if ((*known)->ledger) return Errc::ledger_topic;
    Meta before = meta_;
    for (const TopicName& topic : meta_.topics) meta_.last_stream = std::max(meta_.last_stream, topic.stream);
    meta_.deleted.push_back({(*known)->name, (*known)->stream});
    meta_.topics.erase(meta_.topics.begin() + (*known - meta_.topics.data()));
    const auto error = store();
    if (error && is_transient(error)) meta_ = std::move(before);
    return error;
}

std::error_code TopicNames::remove_folder(std::string_view name) {
    const auto same = [&](const TopicName& topic) { return topic.name == name; };
    if (std::none_of(meta_.deleted.begin(), meta_.deleted.end(), same)) return {};
    // Never, by what is written here; but by hand it may be.
    const bool is_there = std::any_of(meta_.topics.begin(), meta_.topics.end(), same);
    if (const auto error = is_there ? std::error_code{} : remove_all(topics_ / name)) return error;
    if (const auto error = disk_.sync_folder(topics_)) {
        if (!is_transient(error)) failed_ = error;
        return error;
    }
    std::erase_if(meta_.deleted, same);
    const auto error = store();
    // It is gone all the same; the next list that is written does not name it.
    return is_transient(error) ? std::error_code{} : error;
}

// Whatever is in it: the folder was the topic's. A link goes, and what it leads to stays.
std::error_code TopicNames::remove_all(const Path& folder) {
    const auto kind = disk_.kind(folder);
    if (!kind) return kind.error();
    if (*kind == Kind::none) return {};
    if (*kind != Kind::folder) return disk_.remove(folder);
    const auto names = disk_.list(folder);
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (const auto error = remove_all(folder / name)) return error;
    }
    return disk_.remove_folder(folder);
}

// What a crash has cut short. Where it can't be done now, it is tried again by who wants the name, and at every start.
void TopicNames::finish_removals() {
    const auto deleted = meta_.deleted;
    for (const TopicName& topic : deleted) {
        const auto error = remove_folder(topic.name);
        if (error) {
            tell_(Severity::warning,
                  (topics_ / topic.name).string() + ", a topic that was deleted, can't be removed: " + error.message());
        } else {
            tell_(Severity::info, "what was left of topic " + topic.name + ", which was deleted, is removed");
        }
    }
}

Expected<std::optional<TopicName>> TopicNames::look_again(std::string_view name) {
    auto meta = load_meta(disk_, meta_path_);
    if (!meta) return tl::unexpected(meta.error().code);
    for (TopicName& topic : meta->topics) {
        if (topic.name == name) return std::move(topic);
    }
    return std::nullopt;
}

}  // namespace station::log
