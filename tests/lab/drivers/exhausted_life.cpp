#include "exhausted_life.hpp"

#include <algorithm>
#include <station/log/verify.hpp>

namespace station::lab {
namespace {

constexpr std::size_t kLarge = 900;  // four of them fill a segment
constexpr std::size_t kSmall = 20;

template <typename... Parts>
void rule(bool holds, const char* name, const Parts&... parts) {
    if (holds) return;
    std::ostringstream text;
    (text << ... << parts);
    throw RuleBroken{name, text.str()};
}

}  // namespace

ExhaustedLife::ExhaustedLife(Ending ending, DiskFault fault, bool forgetful)
    : ending_(ending), fault_(fault), forgetful_(forgetful) {
    if (fault_.stays) {
        using Call = SimulatedDisk::Call;
        disk_.fail_from(fault_.nth, {Call::open, Call::list, Call::lock, Call::sync_folder}, fault_.error);
    } else {
        disk_.fail_call(fault_.nth, fault_.error);
    }
}

void ExhaustedLife::run() {
    disk_.power_on();
    first_process();
    second_process();
    last_process();
}

log::BusConfig ExhaustedLife::config() { return small_config(disk_, ending_.durability); }

void ExhaustedLife::lift() {
    disk_.fail_from(0, {}, {});
    lifted_ = true;
}

void ExhaustedLife::first_process() {
    open();
    if (!bus_) return;
    for (Subject& subject : subjects_) make(subject);
    std::vector<std::optional<log::Cursor>> cursors;
    std::vector<std::size_t> at(subjects_.size());
    step_ = "subscribe";
    for (Subject& subject : subjects_) {
        cursors.emplace_back();
        if (subject.topic) cursors.back().emplace(subject.topic->subscribe(log::StartFrom::beginning()));
    }
    for (int i = 0; i < 9; ++i) {
        publish(subjects_[0], kLarge);
        if (i % 3 == 0) publish(subjects_[1], kSmall);
        if (i % 3 == 1 && cursors[0]) follow(*cursors[0], subjects_[0], at[0]);
    }
    publish_batch(subjects_[0], 6);
    if (fault_.stays) lift();
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
        check_that_it_works(subjects_[i]);
        if (cursors[i]) follow(*cursors[i], subjects_[i], at[i]);
    }
    cursors.clear();
    close();
}

// It does not get as far as closing.
void ExhaustedLife::second_process() {
    disk_.kill();
    disk_.power_on();
    open();
    if (!bus_) return;
    for (Subject& subject : subjects_) {
        make(subject);
        publish(subject, kSmall);
        check_that_it_works(subject);
    }
    check_syncs();
}

// It may fail, with an error; then it succeeds at the next try. What is one topic's own does not hinder the others.
void ExhaustedLife::open() {
    step_ = "open";
    auto bus = log::Bus::open(config());
    if (!bus) {
        rule(fault_.nth > 0, "open fails", bus.error().message());
        if (fault_.stays) lift();
        if (!fault_.transient) {
            disk_.kill();
            disk_.power_on();
        }
        step_ = "open again";
        const std::string first = bus.error().message();
        bus = log::Bus::open(config());
        rule(bus.has_value(), "open fails twice", first, ", then ", bus ? "" : bus.error().message());
    }
    bus_.emplace(std::move(*bus));
}

void ExhaustedLife::make(Subject& subject) {
    step_ = "topic " + subject.name;
    auto topic = bus_->topic(subject.name);
    if (!topic) {
        if (fault_.stays) lift();
        step_ += " again";
        const std::error_code first = topic.error();
        topic = bus_->topic(subject.name);
        rule(topic || !must_work_again(), "no topic after it", first.message(), ", then ",
             topic ? "" : topic.error().message());
    }
    subject.topic.reset();
    if (!topic) return;
    const auto& report = topic->recovery();
    rule(report.damage.empty(), "false damage", to_json(report));
    subject.topic.emplace(std::move(*topic));
    check_not_failed(subject);
}

void ExhaustedLife::check_not_failed(const Subject& subject) {
    const auto condition = subject.topic->condition();
    if (!fault_.transient) return;
    rule(condition != log::Condition::failed, "topic failed", "topic ", subject.name, " has failed");
    rule(condition == log::Condition::open, "topic not open", "topic ", subject.name, " takes no publishes");
}

void ExhaustedLife::publish(Subject& subject, std::size_t size) {
    if (!subject.topic) return;
    for (int tries = 0; tries < 2; ++tries) {
        step_ = "publish " + std::to_string(subject.sent.size()) + " to " + subject.name;
        const std::string payload = subject.name + " " + std::to_string(subject.sent.size()) + std::string(size, 'x');
        const auto receipt = subject.topic->publish(payload);
        subject.sent.push_back({payload, receipt ? std::optional{*receipt} : std::nullopt});
        if (receipt) return;
        rule(fault_.nth > 0 && static_cast<bool>(receipt.error()), "no error", "refused, and no word why");
        check_not_failed(subject);
        if (!must_work_again()) return;
        rule(tries == 0, "no publish after it", "refused twice, then: ", receipt.error().message());
    }
}

void ExhaustedLife::publish_batch(Subject& subject, std::size_t count) {
    if (!subject.topic) return;
    step_ = "publish a batch to " + subject.name;
    std::vector<std::string> payloads;
    std::vector<log::Message> messages;
    for (std::size_t i = 0; i < count; ++i) {
        payloads.push_back(subject.name + " " + std::to_string(subject.sent.size() + i) + std::string(kLarge, 'y'));
    }
    for (const std::string& payload : payloads) messages.push_back({log::as_bytes(payload)});
    std::vector<log::Receipt> stored;
    const auto error = subject.topic->publish_batch(messages, stored);
    for (std::size_t i = 0; i < count; ++i) {
        subject.sent.push_back({payloads[i], i < stored.size() ? std::optional{stored[i]} : std::nullopt});
    }
    if (error) check_not_failed(subject);
}

// After a fault that was one, nothing is left of it: a publish works, and a reader from the beginning gets everything.
void ExhaustedLife::check_that_it_works(Subject& subject) {
    if (!subject.topic) return;
    check_not_failed(subject);
    publish(subject, kSmall);
    step_ = "read " + subject.name;
    auto cursor = subject.topic->subscribe(log::StartFrom::beginning());
    std::size_t at = 0;
    follow(cursor, subject, at);
}

// All that a cursor has to give. An error is not the end: asked again, it goes on where it was.
void ExhaustedLife::follow(log::Cursor& cursor, const Subject& subject, std::size_t& at) {
    int errors = 0;
    for (;;) {
        const auto batch = cursor.poll();
        if (!batch) {
            if (batch.error() == log::Errc::topic_failed) break;
            rule(fault_.nth > 0 && batch.error() != log::Errc::damaged, "read fails", batch.error().message());
            rule(!must_work_again() || ++errors < 3, "read fails", "three times, then: ", batch.error().message());
            if (!must_work_again()) return;
            continue;
        }
        if (batch->empty()) break;
        for (const log::EventView& event : *batch) {
            const std::string payload{log::as_text(event.payload)};
            const auto sent = std::find_if(subject.sent.begin(), subject.sent.end(),
                                           [&](const Sent& one) { return one.payload == payload; });
            rule(sent != subject.sent.end(), "invented", "a reader is given '", payload.substr(0, 20), "'");
            rule(!sent->receipt || sent->receipt->offset == event.offset, "wrong offset", "a reader is given '",
                 payload.substr(0, 20), "' at offset ", event.offset);
            rule(event.offset == at, "read skips", "a reader is given offset ", event.offset, ", not ", at);
            ++at;
        }
    }
    for (const Sent& sent : subject.sent) {
        rule(!sent.receipt || sent.receipt->offset < at, "read ends early", "a reader was told that all is read after ",
             at, " events; offset ", sent.receipt ? sent.receipt->offset : 0, " was acknowledged");
    }
}

void ExhaustedLife::close() {
    step_ = "close";
    const auto error = bus_->shutdown();
    rule(!error || fault_.nth > 0, "close fails", error.message());
    for (Subject& subject : subjects_) subject.topic.reset();
    bus_.reset();
    check_syncs();
}

void ExhaustedLife::check_syncs() const {
    rule(disk_.syncs_after_failure() == 0, "synced again", "a sync failed, and another one was tried");
}

void ExhaustedLife::last_process() {
    lift();
    disk_.fail_call(0, {});
    if (ending_.power_cut) {
        disk_.crash();
    } else
        disk_.kill();
    for (Subject& subject : subjects_) subject.topic.reset();
    bus_.reset();
    disk_.power_on();
    step_ = "next start";
    auto bus = log::Bus::open(config());
    rule(bus.has_value(), "next start fails", bus ? "" : bus.error().message());
    bus_.emplace(std::move(*bus));
    for (Subject& subject : subjects_) judge(subject);
    bus_->shutdown();
    const auto verdicts = log::verify(disk_, kFolder, {});
    rule(verdicts.has_value(), "verify fails", verdicts ? "" : verdicts.error().message());
    for (const auto& verdict : *verdicts) rule(verdict.damage.empty(), "false damage", to_json(verdict));
}

// What was acknowledged is at its offset, what was refused at most once and in order, and nothing else is there.
void ExhaustedLife::judge(Subject& subject) {
    auto topic = bus_->topic(subject.name);
    rule(topic.has_value(), "next start has no topic", topic ? "" : topic.error().message());
    rule(topic->recovery().damage.empty(), "false damage", to_json(topic->recovery()));
    rule(topic->condition() == log::Condition::open, "topic not open", subject.name, " takes no publishes");
    Events found = read_all(*topic);
    if (forgetful_ && found.size() > 1) found.erase(found.begin() + 1);
    auto sent = subject.sent.begin();
    for (std::size_t at = 0; at < found.size(); ++at) {
        for (; sent != subject.sent.end() && sent->payload != found[at].payload; ++sent) {
            rule(!sent->receipt, "lost", subject.name, ": '", sent->payload.substr(0, 20),
                 "' was acknowledged and is not there");
        }
        rule(sent != subject.sent.end(), "invented", subject.name, ": '", found[at].payload.substr(0, 20),
             "' at offset ", at, " was never sent, or is out of order");
        if (sent->receipt) {
            rule(sent->receipt->offset == at && sent->receipt->id == found[at].id, "wrong offset", subject.name, ": '",
                 found[at].payload.substr(0, 20), "' is at offset ", at, ", not ", sent->receipt->offset);
        }
        ++sent;
    }
    for (; sent != subject.sent.end(); ++sent) {
        const bool may_go = ending_.power_cut && ending_.durability.mode != log::Durability::Mode::always;
        rule(!sent->receipt || may_go, "lost", subject.name, ": '", sent->payload.substr(0, 20),
             "' was acknowledged and is not there");
    }
    rule(topic->publish("goes on").has_value(), "log does not go on", subject.name);
}

}  // namespace station::lab
