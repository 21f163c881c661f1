#include <algorithm>
#include <array>
#include <limits>
#include <station/log/detail/topic_names.hpp>
#include <station/log/layout.hpp>
#include <station/log/record.hpp>

namespace station::log {

TopicNames::TopicNames(Disk& disk, const Path& dir, std::string first_topic, Tell tell)
    : disk_(disk),
      topics_(dir / kTopicsFolder),
      meta_(dir / kMetaFile),
      first_topic_(std::move(first_topic)),
      tell_(std::move(tell)) {}

std::optional<Error> TopicNames::load(bool read_only) {
    auto names = load_meta(disk_, meta_);
    if (!names) return names.error();
    names_ = std::move(*names);
    return adopt_strays(read_only);
}

bool TopicNames::taken(std::uint32_t stream) const {
    return std::any_of(names_.begin(), names_.end(), [&](const TopicName& topic) { return topic.stream == stream; });
}

void TopicNames::pass_over(const std::string& entry, const std::string& why) const {
    tell_(Severity::warning, (topics_ / entry).string() + " is passed over: " + why);
}

// Topics without their line in bus.meta.json, or all of them where that file is lost.
std::optional<Error> TopicNames::adopt_strays(bool read_only) {
    auto strays = find_strays();
    if (!strays) return Error{strays.error(), topics_.string()};
    if (strays->empty()) return std::nullopt;
    number(*strays);
    const std::vector<TopicName> recorded = names_;
    for (const Stray& stray : *strays) names_.push_back({stray.name, stray.stream, false});
    if (read_only || strays->empty()) return std::nullopt;
    const auto error = store();
    if (!error) return std::nullopt;
    if (!is_transient(error)) return Error{error, meta_.string()};
    tell_(Severity::warning, meta_.string() + " could not be written: " + error.message() +
                                 "; topics whose files do not name their number are not there until it can");
    // What could not be recorded is not registered, but where its segments record it.
    names_ = recorded;
    for (const Stray& stray : *strays) {
        const auto on_disk = stream_on_disk(topics_ / stray.name);
        if (on_disk && *on_disk == stray.stream) names_.push_back({stray.name, stray.stream, false});
    }
    return std::nullopt;
}

Expected<std::vector<TopicNames::Stray>> TopicNames::find_strays() {
    auto entries = disk_.list(topics_);
    if (!entries) return tl::unexpected(entries.error());
    std::sort(entries->begin(), entries->end());
    std::vector<Stray> strays;
    for (const std::string& entry : *entries) {
        const auto known = [&](const TopicName& topic) { return topic.name == entry; };
        if (std::any_of(names_.begin(), names_.end(), known)) continue;
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
        return Stray{entry, **stream};
    }
    return std::nullopt;
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
        kept.push_back({stray.name, *stream});
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
        const auto file = disk_.open(folder / name, Open::read);
        if (!file) return tl::unexpected(file.error());
        std::array<std::byte, kSegmentHeaderSize> head;
        const auto read = (*file)->read_at(0, head);
        if (!read) return tl::unexpected(read.error());
        SegmentHeader header;
        if (decode_segment_header(Bytes{head}.first(*read), header) == Decoded::ok) return header.stream;
    }
    return found;
}

std::optional<std::uint32_t> TopicNames::next_stream(std::string_view name, const std::vector<Stray>& strays) const {
    constexpr std::uint32_t kLargest = std::numeric_limits<std::uint32_t>::max();
    const auto claimed = [&](std::uint32_t stream) {
        return taken(stream) ||
               std::any_of(strays.begin(), strays.end(), [&](const Stray& other) { return other.stream == stream; });
    };
    if (name == first_topic_ && !claimed(1)) return 1;
    std::uint32_t highest = first_topic_.empty() ? 0 : 1;
    for (const TopicName& topic : names_) highest = std::max(highest, topic.stream);
    for (const Stray& stray : strays) highest = std::max(highest, stray.stream);
    if (highest < kLargest) return highest + 1;
    for (std::uint32_t stream = 2; stream < kLargest; ++stream) {
        if (!claimed(stream)) return stream;
    }
    return std::nullopt;
}

std::error_code TopicNames::store() {
    if (failed_) return failed_;
    const auto error = store_meta(disk_, meta_, names_);
    if (error && !is_transient(error)) failed_ = error;
    return error;
}

Expected<std::uint32_t> TopicNames::reserve(std::string_view name) {
    const auto known =
        std::find_if(names_.begin(), names_.end(), [&](const auto& topic) { return topic.name == name; });
    if (known != names_.end()) return known->stream;
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
    names_.push_back({std::string{name}, *stream, false});
    if (const auto error = store()) {
        // A sync that failed may have recorded it all the same: then nobody else may get the number.
        if (is_transient(error)) names_.pop_back();
        return tl::unexpected(error);
    }
    return *stream;
}

std::error_code TopicNames::mark_ledger(std::string_view name) {
    const auto known =
        std::find_if(names_.begin(), names_.end(), [&](const auto& topic) { return topic.name == name; });
    if (known == names_.end()) return Errc::no_such_topic;
    if (known->ledger) return {};
    known->ledger = true;
    const auto error = store();
    if (error && is_transient(error)) known->ledger = false;
    return error;
}

}  // namespace station::log
