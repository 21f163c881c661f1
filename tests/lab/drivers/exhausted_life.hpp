// A short life of a log on a simulated disk, of which one call fails: opened, written over rotations, read, closed,
// opened again; then the process or the power goes, and the next start is judged. Without threads: the n-th call is
// the same one in every run.
#pragma once

#include "check.hpp"
#include "digest.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace station::lab {

// What was promised, in two or three words, with what happened instead.
class RuleBroken : public Broken {
  public:
    RuleBroken(std::string rule, const std::string& words) : Broken(words), rule_(std::move(rule)) {}
    const std::string& rule() const { return rule_; }

  private:
    std::string rule_;
};

struct DiskFault {
    std::uint64_t nth = 0;  // 0: none
    std::error_code error = {};
    bool transient = false;  // nothing but the one thing that was asked for may fail by it
    bool stays = false;      // no descriptor is to be had any more, until everything else was tried
};

struct Ending {
    const char* words;
    log::Durability durability;
    bool power_cut;
};

class ExhaustedLife {
  public:
    // forgetful: the control, which looks at the log without its second event.
    ExhaustedLife(Ending ending, DiskFault fault, bool forgetful);

    void run();  // throws RuleBroken
    SimulatedDisk& disk() { return disk_; }
    const std::string& step() const { return step_; }  // what is being done now

  private:
    struct Sent {
        std::string payload;
        std::optional<log::Receipt> receipt;
    };
    struct Subject {
        std::string name;
        std::optional<log::Topic> topic = {};
        std::vector<Sent> sent = {};
    };

    void first_process();
    void second_process();
    void last_process();
    void open();
    void make(Subject& subject);
    void publish(Subject& subject, std::size_t size);
    void publish_batch(Subject& subject, std::size_t count);
    void check_that_it_works(Subject& subject);
    void check_not_failed(const Subject& subject);
    void follow(log::Cursor& cursor, const Subject& subject, std::size_t& at);
    void close();
    void check_syncs() const;
    void judge(Subject& subject);
    void lift();
    log::BusConfig config();
    // A call that was refused for a moment works when it is made again.
    bool must_work_again() const { return fault_.transient && (!fault_.stays || lifted_); }

    const Ending ending_;
    const DiskFault fault_;
    const bool forgetful_;
    SimulatedDisk disk_;
    std::string step_;
    bool lifted_ = false;
    std::optional<log::Bus> bus_;
    std::vector<Subject> subjects_{{"a"}, {"b"}};
};

}  // namespace station::lab
