// What a history does to the log, and what must be left of it.
#include "check.hpp"
#include "history.hpp"

#include <algorithm>
#include <station/log/detail/index.hpp>
#include <station/log/record.hpp>

namespace station::lab {

using log::Durability;

// A process dies somewhere in its start. Nothing is lost yet, and the next one can't know what is not durable.
void History::die_while_starting() {
    note_step("die while starting");
    disk_.power_on();
    disk_.cut_power(random_.pick(1, 20));
    auto bus = log::Bus::open(any_config());
    if (bus) bus->topic(subjects_.front().name);
    disk_.kill();
}

void History::start() {
    break_an_index();
    bus_.emplace(open_bus(any_config()));
    for (Subject& subject : subjects_) {
        subject.topic.emplace(open_topic(*bus_, subject.name));
        const auto& damage = subject.topic->recovery().damage;
        expect(damage.empty(), subject.name, " is said to be damaged: ", to_json(subject.topic->recovery()));
        // Where nothing of it survived, not even a header, only the list that was lost knew its number.
        if (subject.stream != 0 && subject.topic->next_offset() > 0) {
            expect(subject.topic->stream() == subject.stream, subject.name, " has another stream number");
        }
        subject.stream = subject.topic->stream();
    }
}

// An index is a copy of what the log says: without it, or with one that says something else, nothing changes. The same
// holds for the list of topics.
void History::break_an_index() {
    if (!random_.one_in(3)) return;
    std::vector<std::string> indexes;
    for (const std::string& file : disk_.files()) {
        if (file.ends_with(".idx")) indexes.push_back(file);
    }
    if (indexes.empty()) return;
    const std::string& index = indexes[random_.pick(0, indexes.size() - 1)];
    auto bytes = disk_.content(index);
    disk_.power_on();
    switch (random_.pick(0, 3)) {
        case 0: disk_.remove(index); break;
        case 1: bytes.resize(random_.pick(0, bytes.size())); break;
        case 2: {
            // A segment is known to its index by the time it was made, which two topics may share where time stands
            // still.
            const std::string& other = indexes[random_.pick(0, indexes.size() - 1)];
            if (log::Path{other}.parent_path() == log::Path{index}.parent_path()) bytes = disk_.content(other);
            break;
        }
        default:
            if (!bytes.empty()) {
                bytes[random_.pick(0, bytes.size() - 1)] ^= static_cast<std::byte>(random_.pick(1, 255));
            }
            break;
    }
    note_step("break " + index);
    if (disk_.exists(index).value_or(false)) disk_.set_content(index, bytes);
    if (!random_.one_in(4)) return;
    const log::Path meta = log::Path{kFolder} / "bus.meta.json";
    if (disk_.exists(meta).value_or(false)) disk_.remove(meta);
    note_step("lose bus.meta.json");
    // Only that list knew of files that were about to go.
    for (Subject& subject : subjects_) subject.told = 0;
}

void History::restart() {
    note_step("restart");
    const bool followed = std::all_of(subjects_.begin(), subjects_.end(), [](const Subject& subject) {
        return subject.unsure.empty() && subject.topic->condition() == log::Condition::open;
    });
    bus_->shutdown();
    for (Subject& subject : subjects_) {
        for (Follower& follower : subject.followers) {
            if (followed) follower.follow_to_the_end(subject.model);
        }
    }
    close();
    start();
    for (Subject& subject : subjects_) accept_what_turned_up(subject, subject.model.size());
}

void History::kill() {
    ++counts_.kills;
    note_step("kill");
    disk_.kill();
    close();
    if (random_.one_in(5)) die_while_starting();
    start();
    for (Subject& subject : subjects_) accept_what_turned_up(subject, subject.model.size());
}

void History::crash() {
    ++counts_.crashes;
    note_step("power cut");
    disk_.crash();
    close();
    start();
    for (Subject& subject : subjects_) {
        accept_what_turned_up(subject, sure_after_power_cut(subject));
        subject.ghosts.clear();
    }
}

// Nothing of what `always` acknowledged may be gone, up to the window of `batch`, up to two segments under `os`.
std::size_t History::sure_after_power_cut(const Subject& subject) const {
    std::size_t sure = subject.model.size();
    if (durability_.mode == Durability::Mode::batch) sure -= std::min<std::size_t>(sure, durability_.events);
    if (durability_.mode == Durability::Mode::os) sure = 0;
    return std::max(sure, subject.durable);
}

void History::break_the_disk() {
    ++counts_.faults;
    const std::uint64_t nth = random_.pick(1, 20);
    const std::uint64_t way = random_.pick(0, 4);
    constexpr std::uint64_t kFolderSync = 2;
    switch (way) {
        case 0: disk_.cut_power(3 * nth); break;
        case 1: disk_.fail_sync(nth); break;
        case kFolderSync: disk_.fail_folder_sync(random_.pick(1, 4)); break;
        case 3: disk_.set_space(random_.pick(0, 40'000)); break;
        default: disk_.fail_write(nth); break;
    }
    static constexpr const char* kWays[] = {"power", "sync", "sync of a folder", "room", "write"};
    note_step(std::string{"break the disk: "} + kWays[way] + ", call " + std::to_string(nth));
    for (int i = 0; i < 2; ++i) {
        publish_some(any_subject());
        publish_batch(any_subject());
    }
    disk_.set_space(~std::uint64_t{0});
    if (random_.one_in(3)) publish_some(any_subject());
    // A kernel that could not make a folder durable takes no more changes until it starts again: a power cut follows.
    if (way != kFolderSync && random_.one_in(3)) {
        kill();
    } else
        crash();
}

void History::close() {
    for (Subject& subject : subjects_) {
        subject.followers.clear();
        if (subject.topic) subject.told = std::max(subject.told, subject.topic->first_offset());
        subject.topic.reset();
    }
    bus_.reset();
    expect(disk_.syncs_after_failure() == 0, "a file or folder was synced again after a sync of it had failed");
}

// What was said to be gone stays gone. Behind it the log must begin with the first `sure` of the model and go on with
// it as far as it goes. Behind that there may only be what was refused, once and in order. What it holds is the new
// model.
void History::accept_what_turned_up(Subject& subject, std::size_t sure) {
    const Events& model = subject.model;
    const auto [first, there] = read_kept(*subject.topic);
    expect(first >= subject.told, subject.name, ": it was said to begin at ", subject.told, ", and begins at ", first);
    Events found(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(std::min(first, model.size())));
    found.resize(first);
    found.insert(found.end(), there.begin(), there.end());
    const std::size_t common = std::min(found.size(), model.size());
    const auto differs =
        std::mismatch(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(common), found.begin());
    const auto kept = static_cast<std::size_t>(differs.first - model.begin());
    expect(kept >= sure, subject.name, ": ", sure, " events were safe; the log agrees on ", kept, " and has ",
           found.size());
    check_what_was_lost(subject, kept);
    counts_.lost_as_promised += model.size() - kept;
    subject.ghosts.insert(subject.ghosts.end(), subject.unsure.begin(), subject.unsure.end());
    auto from = subject.ghosts.begin();
    for (std::size_t i = std::max(kept, first); i < found.size(); ++i) {
        const auto sent = std::find(from, subject.ghosts.end(), found[i].payload);
        expect(sent != subject.ghosts.end(), subject.name, ": '", found[i].payload.substr(0, 20), "' at offset ", i,
               " was acknowledged somewhere else, never sent, or is out of order");
        from = sent + 1;
    }
    subject.model = std::move(found);
    subject.unsure.clear();
    if (durability_.mode != Durability::Mode::os) subject.durable = subject.model.size();
}

void History::check_what_was_lost(const Subject& subject, std::size_t found) const {
    if (durability_.mode != Durability::Mode::os) return;
    std::uint64_t lost = 0;
    for (std::size_t i = found; i < subject.model.size(); ++i) {
        lost += log::record_size(subject.model[i].payload.size(), subject.model[i].headers.size());
    }
    expect(lost <= 2 * segment_bytes_, subject.name, ": ", lost, " bytes are lost, more than two segments");
}

}  // namespace station::lab
