#include "history.hpp"

#include "check.hpp"

#include <algorithm>
#include <station/log/record.hpp>
#include <station/log/retention_text.hpp>
#include <station/log/verify.hpp>

namespace station::lab {
namespace {

using log::Durability;
using log::Message;
using log::Receipt;

constexpr std::size_t kLargestPayload = 5000;

Durability any_durability(Random& random) {
    const std::uint64_t mode = random.pick(0, 9);
    if (mode < 6) return Durability::always();
    return mode < 8 ? Durability::batch(random.pick(1, 20), std::chrono::milliseconds{3'600'000}) : Durability::os();
}

std::vector<std::byte> any_headers(Random& random) {
    if (!random.one_in(8)) return {};
    return log::encode_headers({{"trace", std::string(random.pick(0, 60), 'h')}});
}

}  // namespace

History::History(std::uint64_t seed, bool threads)
    : random_(seed), threads_(threads), disk_(seed), durability_(any_durability(random_)) {
    subjects_.push_back({"t"});
    note_step("durability " + durability_.to_text() + (threads ? ", with threads" : ""));
}

void History::run() {
    if (random_.one_in(3)) die_while_starting();
    start();
    for (std::uint64_t left = random_.pick(5, 40); left > 0; --left) step();
    restart();
    expect(!bus_->shutdown(), "the log could not be closed");
    const auto verdicts = log::verify(disk_, kFolder, {});
    expect(verdicts.has_value(), "verify fails");
    for (const auto& verdict : *verdicts) expect(verdict.damage.empty(), "verify finds damage: ", to_json(verdict));
}

std::uint64_t History::digest() const {
    Digest all = digest_;
    all.add(disk_);
    return all.value();
}

void History::note_step(std::string words) {
    digest_.add(words);
    steps_.push_back(std::move(words));
}

void History::step() {
    switch (random_.pick(0, 16)) {
        case 0: return restart();
        case 1: return kill();
        case 2: return crash();
        case 3: return break_the_disk();
        case 4: return change_the_clock();
        case 5: return add_subject();
        case 6:
        case 7: return look(any_subject());
        case 8:
        case 9: return follow(any_subject());
        case 10: return publish_batch(any_subject());
        case 11: return retain(any_subject());
        default: return publish_some(any_subject());
    }
}

log::BusConfig History::any_config() {
    auto config = small_config(disk_, durability_);
    config.segment_bytes = random_.pick(4096, 9000);
    config.zero_ahead = random_.pick(0, 1) * 4096;
    config.max_group = random_.pick(200, 8000);
    config.index_stride = random_.pick(1, 600);
    config.writer_threads = threads_ ? 1 : 0;
    config.clock = [this] { return time_.fetch_add(tick_.load()); };
    segment_bytes_ = std::max(segment_bytes_, config.segment_bytes);
    return config;
}

std::string History::new_payload() {
    return std::to_string(made_++) + std::string(random_.pick(0, random_.one_in(20) ? kLargestPayload : 200), 'x');
}

void History::add_subject() {
    if (subjects_.size() == 3) return;
    const std::string name = "topic-" + std::to_string(subjects_.size());
    note_step("make " + name);
    subjects_.push_back({name, open_topic(*bus_, name)});
    subjects_.back().stream = subjects_.back().topic->stream();
}

void History::publish_some(Subject& subject) {
    const std::uint64_t count = random_.pick(1, 30);
    note_step("publish " + std::to_string(count) + " to " + subject.name);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string payload = new_payload();
        const auto headers = any_headers(random_);
        const auto receipt = subject.topic->publish(log::as_bytes(payload), headers);
        note(subject, payload, std::string{log::as_text(headers)}, receipt);
    }
}

void History::publish_batch(Subject& subject) {
    std::vector<std::string> payloads(random_.pick(1, 60));
    note_step("publish a batch of " + std::to_string(payloads.size()) + " to " + subject.name);
    std::vector<Message> messages;
    for (auto& payload : payloads) payload = new_payload();
    for (const auto& payload : payloads) messages.push_back({log::as_bytes(payload)});
    const auto receipts = subject.topic->publish_batch(messages);
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        if (receipts) {
            note(subject, payloads[i], {}, (*receipts)[i]);
        } else
            note(subject, payloads[i], {}, tl::unexpected(receipts.error()));
    }
}

// Acknowledged: it is in the model, at its place. Refused: it may turn up after the next start, or not.
void History::note(Subject& subject, const std::string& payload, const std::string& headers,
                   const tl::expected<Receipt, std::error_code>& receipt) {
    ++counts_.published;
    digest_.add(receipt ? receipt->offset : static_cast<std::uint64_t>(receipt.error().value()));
    if (!receipt) {
        subject.unsure.push_back(payload);
        return;
    }
    ++counts_.acknowledged;
    // A batch that failed half-way has left its first part in the log, where readers see it at once; unless it has gone
    // by retention since.
    if (subject.model.size() < receipt->offset) {
        const auto [first, there] = read_kept(*subject.topic);
        while (subject.model.size() < receipt->offset) {
            const std::size_t offset = subject.model.size();
            const bool known = offset < first + there.size();
            expect(!subject.unsure.empty() && known, "offset ", offset, " was left out");
            subject.model.push_back(offset < first ? Event{} : there[offset - first]);
        }
    }
    expect(receipt->offset == subject.model.size(), "offset ", receipt->offset, " was acknowledged, and ",
           subject.model.size(), " is the next one");
    subject.model.push_back({payload, headers, receipt->id, receipt->time});
}

void History::change_the_clock() {
    constexpr std::int64_t kDay = 86'400'000'000'000;
    switch (random_.pick(0, 4)) {
        case 0: tick_ = 0; break;
        case 1: time_ -= kDay; break;
        case 2: time_ += 365 * kDay; break;
        case 3: tick_ = 3'000'000; break;
        default: tick_ = 1000; break;
    }
    note_step("clock " + std::to_string(time_) + ", tick " + std::to_string(tick_));
}

void History::retain(Subject& subject) {
    log::Retention retention;
    if (!random_.one_in(4)) retention.bytes = random_.pick(1, 30'000);
    if (random_.one_in(3)) retention.age = std::chrono::milliseconds{random_.pick(1, 2'000)};
    note_step("retention of " + subject.name + ": " + to_json(retention));
    const auto error = subject.topic->retain(retention);
    digest_.add(subject.topic->first_offset());
    digest_.add(static_cast<std::uint64_t>(error.value()));
}

void History::look(Subject& subject) {
    if (!subject.unsure.empty()) return;
    note_step("look-ups in " + subject.name);
    for (int i = 0; i < 4; ++i) check_look_ups(*subject.topic, subject.model, random_);
    counts_.look_ups += 4;
}

void History::follow(Subject& subject) {
    if (!subject.unsure.empty()) return;
    note_step("follow " + subject.name);
    if (subject.followers.size() < 3) {
        subject.followers.emplace_back(*subject.topic, random_.pick(0, subject.model.size()));
    }
    for (Follower& follower : subject.followers) {
        for (std::uint64_t polls = random_.pick(1, 5); polls > 0; --polls) follower.follow(subject.model, random_);
    }
}

}  // namespace station::lab
