// Which topics a folder has, and the number that each has on the wire.
//
// A number is given once. It is recorded durably in bus.meta.json before the first byte of its topic is written; the
// header of every segment repeats it. So where that file is lost or could not be written, the numbers that segments
// name are taken first, and only then are others given new ones.
//
// Not thread-safe: the bus guards it.
#pragma once

#include <functional>
#include <optional>
#include <station/log/config.hpp>
#include <station/log/detail/meta.hpp>
#include <station/log/error.hpp>
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
    const std::vector<TopicName>& all() const { return names_; }

    // The number for a topic that is about to be made; it is durable when this returns without an error. The same again
    // where the topic could not be made after all.
    Expected<std::uint32_t> reserve(std::string_view name);
    // From now on only a ledger appends to this topic, which has a number; durable when this returns without an error.
    std::error_code mark_ledger(std::string_view name);

  private:
    struct Stray {
        std::string name;
        std::uint32_t stream = 0;  // 0: none of its segments says it
    };

    std::optional<Error> adopt_strays(bool read_only);
    Expected<std::vector<Stray>> find_strays();
    std::optional<Stray> look_at(const std::string& entry);
    void number(std::vector<Stray>& strays);
    Expected<std::optional<std::uint32_t>> stream_on_disk(const Path& folder);
    std::optional<std::uint32_t> next_stream(std::string_view name, const std::vector<Stray>& strays) const;
    bool taken(std::uint32_t stream) const;
    std::error_code store();
    void pass_over(const std::string& entry, const std::string& why) const;

    Disk& disk_;
    const Path topics_;
    const Path meta_;
    const std::string first_topic_;
    const Tell tell_;
    std::vector<TopicName> names_;
    std::error_code failed_;  // a sync of the folder failed: a second one might succeed though the first lost the name
};

}  // namespace station::log
