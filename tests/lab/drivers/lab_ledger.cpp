// Appends to a ledger from several threads until it is killed or has done enough, and says so on standard output, one
// line each:
//
//   try KEY                                       before an append with this idempotency key
//   done KEY EVENT_ID GLOBAL_SEQUENCE HASH        acknowledged; "-" for no key
//   known KEY EVENT_ID GLOBAL_SEQUENCE HASH       acknowledged, and was there already
//   secret EVENT_ID GLOBAL_SEQUENCE HASH          acknowledged, of an entity that can be forgotten
//   forget ENTITY, forgot ENTITY                  before and after; each such entity is one thread's
//   full                                          refused, since the disk is full, for the first time since an append
//   failed                                        this thread goes no further: the topic has failed
//
// Keys are KEY = number of the first one and up; what was tried and not answered before is tried again first.
#include "random.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <station/app/command_line.hpp>
#include <station/base/standard_streams.hpp>
#include <station/ledger/store/store.hpp>
#include <station/ledger/wire/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace station::lab {
namespace {

using ledger::EventId;

constexpr auto kNoted = ledger::EventKind::custom(1, 1);

EventId key_of(std::uint64_t number) {
    std::array<std::byte, EventId::kSize> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::byte>(number >> 8 * i);
    return EventId{bytes};
}

// One write, so that no line is torn, and nothing waits in a buffer when the process is killed.
void say(const std::string& line) {
    const std::string whole = line + "\n";
    if (::write(STDOUT_FILENO, whole.data(), whole.size()) < 0) std::_Exit(3);
}

class Appender {
  public:
    Appender(ledger::Store& store, std::atomic<std::uint64_t>& next_key, std::uint64_t seed, std::string secret = {})
        : store_(store), next_key_(next_key), random_(seed), secret_(std::move(secret)) {}

    // 0 appends: until the end.
    void run(std::uint64_t appends) {
        for (std::uint64_t i = 0; (appends == 0 || i < appends) && !failed_; ++i) {
            switch (random_.pick(0, 4)) {
                case 0: batch(); break;
                case 1: compare_and_swap(); break;
                case 2: random_.one_in(40) ? forget() : keep_secret(); break;
                default: keyed(next_key_++); break;
            }
        }
    }

    // The entity follows from the key, so that a retry means the same.
    void keyed(std::uint64_t key) {
        const std::string name = std::to_string(key);
        say("try " + name);
        const auto coordinate = ledger::Coordinate::make("keyed:" + std::to_string(key % 7), "lab").value();
        const auto receipt = store_.append(coordinate, kNoted, payload(), {.idempotency_key = key_of(key)});
        if (!receipt) return refused(receipt.error());
        done(receipt->duplicate ? "known " + name : "done " + name, *receipt);
    }

  private:
    ledger::Bytes payload() {
        payload_ = ledger::json_to_pack("\"" + std::string(random_.pick(0, 300), 'x') + "\"").value();
        return payload_;
    }

    void done(const std::string& what, const ledger::AppendReceipt& receipt) {
        full_ = false;
        say(what + " " + receipt.event_id.to_text() + " " + std::to_string(receipt.global_sequence) + " " +
            receipt.event_hash.to_hex());
    }

    void refused(const ledger::Error& error) {
        if (error.code == log::Errc::topic_failed && !std::exchange(failed_, true)) say("failed");
        if (error.code == log::Errc::disk_full && !std::exchange(full_, true)) say("full");
    }

    void keep_secret() {
        const auto coordinate = ledger::Coordinate::make(secret_, "lab").value();
        const auto receipt = store_.append(coordinate, kNoted, payload(), {.erasable = true});
        receipt ? done("secret", *receipt) : refused(receipt.error());
    }

    void forget() {
        say("forget " + secret_);
        const auto forgotten = store_.forget(secret_);
        if (!forgotten) return refused(forgotten.error());
        say("forgot " + secret_);
    }

    void compare_and_swap() {
        const auto last = store_.last("counter");
        if (!last) return refused(last.error());
        const auto expect =
            *last ? ledger::Expect::exactly((**last)->header.position.sequence) : ledger::Expect::none();
        const auto coordinate = ledger::Coordinate::make("counter", "lab").value();
        const auto receipt = store_.append(coordinate, kNoted, payload(), {.expect = expect});
        receipt ? done("done -", *receipt) : refused(receipt.error());
    }

    void batch() {
        const ledger::Bytes bytes = payload();
        std::vector<ledger::NewEvent> events;
        for (std::uint64_t left = random_.pick(2, 5); left > 0; --left) {
            const std::string entity = "batch:" + std::to_string(random_.pick(0, 2));
            events.push_back({ledger::Coordinate::make(entity, "lab").value(), kNoted, bytes});
        }
        const auto receipts = store_.append_batch(events);
        if (!receipts) return refused(receipts.error());
        for (const auto& receipt : *receipts) done("done -", receipt);
    }

    ledger::Store& store_;
    std::atomic<std::uint64_t>& next_key_;
    Random random_;
    std::string secret_;
    std::vector<std::byte> payload_;
    bool full_ = false;
    bool failed_ = false;
};

}  // namespace
}  // namespace station::lab

int main(int argc, char** argv) {
    station::base::open_standard_streams();
    using namespace station;
    app::CommandLine cli{"Appends to a ledger until it is killed, or has done enough."};
    std::string dir;
    std::string again;
    std::string durability = "always";
    std::uint64_t seed = 1;
    std::uint64_t first_key = 1;
    std::uint64_t threads = 8;
    std::uint64_t appends = 0;
    cli.add_option("--dir", dir, "the bus's folder");
    cli.add_option("--seed", seed, "of payloads and choices");
    cli.add_option("--first-key", first_key, "the first new idempotency key");
    cli.add_option("--again", again, "keys to be tried again, with commas between them");
    cli.add_option("--durability", durability, "always, os or batch:EVENTS,MILLIS");
    cli.add_option("--threads", threads, "that append").range(1, 64);
    cli.add_option("--appends", appends, "of each thread; 0: until it is killed");
    cli.parse_or_exit(argc, argv);
    const auto mode = log::Durability::parse(durability);
    if (!mode) return 2;
    ledger::StoreConfig config;
    config.dir = dir;
    config.durability = *mode;
    config.segment_bytes = 65536;
    config.checkpoint_every = 50;
    auto store = ledger::Store::open(config);
    if (!store) {
        std::fprintf(stderr, "lab_ledger: %s\n", store.error().message().c_str());
        return 1;
    }
    std::atomic<std::uint64_t> next_key{first_key};
    lab::Appender retries{*store, next_key, seed};
    for (std::size_t at = 0; at < again.size(); at = std::min(again.find(',', at), again.size() - 1) + 1) {
        retries.keyed(std::strtoull(again.c_str() + at, nullptr, 10));
    }
    std::vector<std::jthread> running;
    for (std::uint64_t t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            lab::Appender{*store, next_key, seed + t + 1, "secret:" + std::to_string(t)}.run(appends);
        });
    }
}
