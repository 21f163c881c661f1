#include <station/log/detail/bus_core.hpp>
#include <station/log/detail/folder.hpp>
#include <utility>

namespace station::log {

Expected<std::optional<std::uint64_t>> Bus::Core::readable(const LiveState& owner, const TopicState& topic) {
    if (!owner.owned) return std::nullopt;
    if (!owner.marked) return sealed_end(disk_, topic.folder);
    const std::uint64_t mark = owner.mark(topic.stream);
    return mark == kNobodyWrites ? std::nullopt : std::optional{mark};
}

std::error_code Bus::Core::make_topic(std::string_view name) {
    // A folder without a name in the list is nobody's; a name whose folder is gone would be a loss.
    const Path folder = topics_path() / name;
    const auto stream = reserve(name, folder);
    if (!stream) return stream.error();
    auto entry = new_entry({std::string{name}, *stream}, folder);
    // Nothing of it stays where it could not be made: the next try finds its folder, and its number.
    if (const auto error = open_topic(*entry, {std::string{name}, *stream}, std::nullopt, Made::now)) {
        const base::Lock lock{names_mutex_};
        return final_error(error->code);
    }
    log(Severity::info, "topic " + entry->state.name + " made, stream " + std::to_string(*stream));
    const base::Lock lock{topics_mutex_};
    topics_.emplace(std::string{name}, std::move(entry));
    return {};
}

Expected<std::uint32_t> Bus::Core::reserve(std::string_view name, const Path& folder) {
    const base::Lock lock{names_mutex_};
    if (failed_) return tl::unexpected(failed_);
    if (const auto error = names_.remove_folder(name)) return tl::unexpected(error);
    if (const auto error = disk_.create_folders(folder)) return tl::unexpected(error);
    if (const auto error = disk_.sync_folder(topics_path())) return tl::unexpected(final_error(error));
    return names_.reserve(name);
}

std::error_code Bus::Core::final_error(std::error_code error) {
    if (error && !is_transient(error)) failed_ = error;
    return error;
}

bool Bus::Core::worth_another_try(const TopicEntry& entry) {
    return entry.state.condition == Condition::unreadable && is_transient(entry.state.problem.code);
}

std::shared_ptr<TopicEntry> Bus::Core::try_again(TopicEntry& old) {
    const LiveState owner = config_.read_only ? this->owner().value_or(LiveState{}) : LiveState{};
    TopicName name{old.state.name, old.state.stream};
    for (const TopicName& known : names()) {
        if (known.name == name.name) name = known;
    }
    std::shared_ptr<TopicEntry> entry = make_entry(name, owner);
    const base::Lock lock{topics_mutex_};
    auto& place = topics_.find(name.name)->second;
    if (entry != nullptr && entry->state.condition != Condition::unreadable) {
        given_up_.push_back(std::move(place));
        place = std::move(entry);
    }
    return handle(place);
}

std::unique_ptr<TopicEntry> Bus::Core::new_entry(const TopicName& name, const Path& folder) {
    auto entry = std::make_unique<TopicEntry>(config_, name.name, name.stream, folder);
    entry->state.ledger.store(name.ledger);
    entry->state.set_retention(name.retention);
    entry->mark_ledger = [this, topic = name.name, stream = name.stream] {
        const base::Lock lock{names_mutex_};
        if (failed_) return failed_;
        return names_.mark_ledger(topic, stream);
    };
    return entry;
}

void Bus::Core::add_topic(const TopicName& name, const LiveState& owner) {
    auto entry = make_entry(name, owner);
    if (entry == nullptr) return;
    const base::Lock lock{topics_mutex_};
    topics_.emplace(name.name, std::move(entry));
}

bool Bus::Core::has_moved_on(TopicName& name, const TopicState& seen, bool failed) {
    if (!config_.read_only || (!failed && seen.report.damage.empty())) return false;
    const base::Lock lock{names_mutex_};
    const auto again = names_.look_again(name.name);
    if (!again || !*again || (*again)->first_segment <= name.first_segment) return false;
    name = **again;
    return true;
}

std::unique_ptr<TopicEntry> Bus::Core::make_entry(TopicName name, const LiveState& owner) {
    constexpr int kTries = 3;  // a shortage may last no longer than what others are about to give back
    constexpr int kMoves = 100;
    const Path folder = topics_path() / name.name;
    for (int tries = 1, moves = 0;; ++tries) {
        auto entry = new_entry(name, folder);
        const auto up_to = readable(owner, entry->state);
        auto error = up_to ? open_topic(*entry, name, *up_to) : Error{up_to.error(), folder.string()};
        if (has_moved_on(name, entry->state, error.has_value()) && ++moves < kMoves) {
            --tries;
            continue;
        }
        if (!error) return entry;
        if (config_.read_only && !disk_.exists(folder).value_or(true)) return nullptr;
        if (is_transient(error->code) && tries < kTries) continue;
        // Nobody knows it yet, and what was begun with it is given up.
        entry = new_entry(name, folder);
        entry->state.problem = std::move(*error);
        entry->state.condition.store(Condition::unreadable);
        mark(entry->state);
        if (entry->state.mark != nullptr) entry->state.mark->store(kNobodyWrites);
        log(Severity::error, "topic " + name.name + " can't be opened: " + entry->state.problem.message());
        return entry;
    }
}

void Bus::Core::mark(TopicState& topic) {
    if (marks_ == nullptr) return;
    const auto mark = marks_->mark(topic.stream);
    if (mark) {
        topic.mark = *mark;
    } else {
        log(Severity::warning, "topic " + topic.name + ": " + mark.error().message() + " in " + kLiveFile +
                                   "; other processes can't follow it");
    }
}

std::optional<Error> Bus::Core::open_topic(TopicEntry& entry, const TopicName& name, std::optional<std::uint64_t> up_to,
                                           Made made) {
    TopicState& state = entry.state;
    RecoveryOptions options;
    options.index_stride = config_.index_stride;
    options.stream = state.stream;
    options.read_only = config_.read_only;
    options.first_segment = name.first_segment;
    options.first_offset = name.first_offset;
    options.front_may_be_missing = name.retention.any();
    options.up_to = up_to;
    options.make_durable = config_.durability.mode != Durability::Mode::os;
    options.progress = config_.progress;
    auto recovered = recover_topic(disk_, state.folder, options);
    if (!recovered) return recovered.error();
    state.report = recovered->report;
    for (const auto& segment : recovered->segments) state.segments.append(segment);
    mark(state);
    state.advance(recovered->next_offset);
    if (made == Made::before || state.report.segments > 0) report(state);
    if (config_.read_only || !state.report.damage.empty()) {
        state.condition.store(Condition::read_only);
        return std::nullopt;
    }
    entry.writer = std::make_unique<Writer>(state, scheduler_, config_, disk_);
    entry.retaining = std::make_shared<Retaining>(state, config_, scheduler_, disk_, record_of(name));
    state.on_settled = [&retaining = *entry.retaining] { retaining.look_soon(); };
    if (const auto error = entry.writer->open(*recovered)) return Error{error, state.folder.string()};
    entry.retaining->open();
    return std::nullopt;
}

Retaining::Record Bus::Core::record_of(const TopicName& topic) {
    return {[this, name = topic.name, stream = topic.stream](const Retention& retention) {
                const base::Lock lock{names_mutex_};
                return failed_ ? failed_ : names_.retain(name, stream, retention);
            },
            [this, name = topic.name, stream = topic.stream](std::uint32_t number, std::uint64_t offset) {
                const base::Lock lock{names_mutex_};
                return failed_ ? failed_ : names_.begin_at(name, stream, number, offset);
            }};
}

void Bus::Core::report(const TopicState& topic) const {
    const RecoveryReport& found = topic.report;
    const std::string prefix = "topic " + topic.name + ": ";
    log(Severity::info, prefix + std::to_string(topic.next_offset.load()) + " events in " +
                            std::to_string(found.segments) + " segments; " + to_json(found));
    if (!found.cut_from.empty()) {
        log(Severity::warning, prefix + "a torn tail of " + std::to_string(found.cut_bytes) + " bytes was cut from " +
                                   found.cut_from + " at byte " + std::to_string(found.cut_at) +
                                   (found.cut_into.empty() ? "" : " and kept in " + found.cut_into));
    }
    for (const std::string& warning : found.warnings) log(Severity::warning, prefix + warning);
    for (const Damage& damage : found.damage) {
        log(Severity::error, prefix + "damage in " + damage.file + " at byte " + std::to_string(damage.from) +
                                 " up to " + std::to_string(damage.to) + ": " + damage.reason +
                                 "; the topic takes no publishes");
    }
}

}  // namespace station::log
