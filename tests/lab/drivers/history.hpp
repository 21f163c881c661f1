// A random history on a simulated disk and clock: publishes, restarts, kills, power cuts and failing calls in any
// order, against the simplest model there is. A seed gives the same history again, without threads to the last byte.
//
// The ideas are LevelDB's fault_injection_test (what was not synced is dropped), SQLite's (the n-th call fails, for
// every n) and TigerBeetle's simulator (all chance comes from one seed).
#pragma once

#include "digest.hpp"
#include "model.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace station::lab {

struct HistoryCounts {
    std::uint64_t published = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t crashes = 0;
    std::uint64_t kills = 0;
    std::uint64_t faults = 0;
    std::uint64_t lost_as_promised = 0;  // acknowledged in `batch` or `os`, and gone after a power cut
    std::uint64_t look_ups = 0;
};

class History {
  public:
    // With threads the bus has its own, as a station has, and a seed no longer decides who comes first.
    History(std::uint64_t seed, bool threads);

    void run();  // throws Broken
    const std::vector<std::string>& steps() const { return steps_; }
    const HistoryCounts& counts() const { return counts_; }
    // Of every step, every answer and the files as they are now.
    std::uint64_t digest() const;

  private:
    // A topic, and what is known of it.
    struct Subject {
        std::string name;
        std::optional<log::Topic> topic = {};
        Events model = {};                     // what was acknowledged, or seen since
        std::vector<std::string> unsure = {};  // refused: may turn up after the next start
        std::vector<std::string> ghosts = {};  // refused before: a power cut may bring back what was undone, not synced
        std::size_t durable = 0;               // that many survive a power cut for certain
        std::uint32_t stream = 0;
        std::uint64_t told = 0;  // where it was said to begin
        std::vector<Follower> followers = {};
    };

    log::BusConfig any_config();
    std::string new_payload();
    void note_step(std::string words);
    Subject& any_subject() { return subjects_[random_.pick(0, subjects_.size() - 1)]; }

    void step();
    void add_subject();
    void publish_some(Subject& subject);
    void publish_batch(Subject& subject);
    void note(Subject& subject, const std::string& payload, const std::string& headers,
              const tl::expected<log::Receipt, std::error_code>& receipt);
    void break_the_disk();
    void break_an_index();
    void change_the_clock();
    void retain(Subject& subject);
    void look(Subject& subject);
    void follow(Subject& subject);

    void die_while_starting();
    void start();
    void close();
    void restart();
    void kill();
    void crash();
    std::size_t sure_after_power_cut(const Subject& subject) const;
    void accept_what_turned_up(Subject& subject, std::size_t sure);
    void check_what_was_lost(const Subject& subject, std::size_t found) const;

    Random random_;
    const bool threads_;
    SimulatedDisk disk_;
    std::atomic<std::int64_t> time_{1'700'000'000'000'000'000};
    std::atomic<std::int64_t> tick_{1000};
    log::Durability durability_;
    std::uint64_t segment_bytes_ = 4096;  // the largest so far
    std::optional<log::Bus> bus_;
    std::vector<Subject> subjects_;
    std::uint64_t made_ = 0;
    std::vector<std::string> steps_;
    HistoryCounts counts_;
    Digest digest_;
};

}  // namespace station::lab
