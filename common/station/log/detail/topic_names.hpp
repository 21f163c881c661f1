// Which topics a folder has, and the number that each has on the wire.
//
// A number is given once. It is recorded durably in bus.meta.json before the first byte of its topic is written; the
// header of every segment repeats it. So where that file is lost or could not be written, the numbers that segments
// name are taken first, and only then are others given new ones. Nor is the number of a topic that was deleted given to
// another one.
//
// A topic is deleted as soon as bus.meta.json says so, whatever lies in its folder: the folder goes afterwards, now or
// at the next start, and until then nobody can make a topic of that name.
//
// Not thread-safe: the bus guards it.
#pragma once

#include <functional>
#include <optional>
#include <station/log/config.hpp>
#include <station/log/detail/meta.hpp>
#include <station/log/error.hpp>
#include <station/log/record.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace station::log {

class TopicNames {
  public:
    using Tell = std::function<void(Severity, const std::string&)>;

    // `first_topic`: whom number 1 is kept for, or empty.
    TopicNames(Disk& disk, const Path& dir, std::string first_topic, Tell tell);

    // What bus.meta.json says, and what lies in the folder without standing there. What is no topic is passed over with
    // a warning. Changes nothing on the disk where it is `read_only`.
    std::optional<Error> load(bool read_only);
    const std::vector<TopicName>& all() const { return meta_.topics; }
    // What bus.meta.json says now of a topic that another process may be changing; nullopt: it names none.
    Expected<std::optional<TopicName>> look_again(std::string_view name);

    // The number for a topic that is about to be made; it is durable when this returns without an error. The same again
    // where the topic could not be made after all.
    Expected<std::uint32_t> reserve(std::string_view name);
    // From now on only a ledger appends to this topic, which has a number; durable when this returns without an error.
    std::error_code mark_ledger(std::string_view name, std::uint32_t stream);
    // What the topic keeps from now on; durable when this returns without an error. Errc::ledger_topic of a ledger's.
    std::error_code retain(std::string_view name, std::uint32_t stream, const Retention& retention);
    // Nothing before this segment, which begins with that offset, is the topic's any more; durable as above.
    std::error_code begin_at(std::string_view name, std::uint32_t stream, std::uint32_t number, std::uint64_t offset);
    // The topic is gone when this returns without an error, and whatever happens then.
    std::error_code remove(std::string_view name, std::uint32_t stream);
    // Removes what is left of such a topic, if anything is.
    std::error_code remove_folder(std::string_view name);

  private:
    struct Stray {
        std::string name;
        std::uint32_t stream = 0;  // 0: none of its segments says it
        std::uint32_t first_segment = 1;
        std::uint64_t first_offset = 0;
    };

    // The error of a topic that is not among them: Errc::no_such_topic.
    Expected<TopicName*> find(std::string_view name, std::uint32_t stream);
    std::error_code change(TopicName& topic, TopicName changed);
    std::error_code remove_all(const Path& folder);
    void finish_removals();
    std::optional<Error> adopt_strays(bool read_only);
    Expected<std::vector<Stray>> find_strays();
    std::optional<Stray> look_at(const std::string& entry);
    std::error_code find_first(Stray& stray);
    static TopicName named(const Stray& stray);
    void number(std::vector<Stray>& strays);
    Expected<std::optional<std::uint32_t>> stream_on_disk(const Path& folder);
    std::optional<std::uint32_t> next_stream(std::string_view name, const std::vector<Stray>& strays) const;
    bool taken(std::uint32_t stream) const;
    std::error_code store();
    void pass_over(const std::string& entry, const std::string& why) const;

    Disk& disk_;
    const Path topics_;
    const Path meta_path_;
    const std::string first_topic_;
    const Tell tell_;
    Meta meta_;
    std::error_code failed_;  // a sync of the folder failed: a second one might succeed though the first lost the name
};

}  // namespace station::log
