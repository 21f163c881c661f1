// Random histories against the simplest model there is: a list of what was acknowledged. STATION_TEST_SEED=… repeats
// one history; STATION_LOG_SEEDS=… says how many are run.
#include "log_support.hpp"

#include <algorithm>
#include <cstdlib>

namespace station::log {
namespace {

using namespace station::test;

class History {
  public:
    explicit History(std::uint64_t seed) : random_(seed), disk_(seed) {
        const std::uint64_t mode = pick(0, 9);
        durability_ = mode < 6   ? Durability::always()
                      : mode < 8 ? Durability::batch(pick(1, 20), std::chrono::milliseconds{3'600'000})
                                 : Durability::os();
    }

    void run() {
        if (pick(0, 2) == 0) die_while_starting();
        start();
        for (std::uint64_t steps = pick(5, 40); steps > 0; --steps) {
            switch (pick(0, 9)) {
                case 0: restart(); break;
                case 1: kill(); break;
                case 2: crash(); break;
                case 3: break_the_disk(); break;
                case 4: check_any_start(); break;
                case 5: publish_batch(); break;
                default: publish_some(); break;
            }
        }
        restart();
        check_all();
    }

  private:
    std::uint64_t pick(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>{low, high}(random_);
    }

    BusConfig any_config() {
        auto config = small_config(disk_, durability_);
        config.segment_bytes = pick(4096, 9000);
        config.zero_ahead = pick(0, 1) * 4096;
        config.max_group = pick(200, 8000);
        return config;
    }

    // A process dies somewhere in its start. Nothing is lost yet, and the next one can't know what is not durable.
    void die_while_starting() {
        disk_.power_on();
        disk_.cut_power(pick(1, 20));
        {
            auto bus = Bus::open(any_config());
            if (bus) bus->topic("t");
            disk_.kill();
        }
    }

    void start() {
        bus_.emplace(open_bus(any_config()));
        topic_.emplace(open_topic(*bus_));
        REQUIRE(topic_->recovery().damage.empty());
    }

    std::string new_payload() {
        return std::to_string(made_++) + std::string(pick(0, 20) == 0 ? pick(0, 5000) : pick(0, 200), 'x');
    }

    void publish_some() {
        for (std::uint64_t count = pick(1, 30); count > 0; --count) {
            const std::string payload = new_payload();
            note(payload, topic_->publish(payload).map([](const Receipt& receipt) { return receipt.offset; }));
        }
    }

    void publish_batch() {
        std::vector<std::string> payloads(pick(1, 60));
        std::vector<Message> messages;
        for (auto& payload : payloads) payload = new_payload();
        for (const auto& payload : payloads) messages.push_back({as_bytes(payload)});
        const auto receipts = topic_->publish_batch(messages);
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            if (receipts) note(payloads[i], (*receipts)[i].offset);
            else note(payloads[i], tl::unexpected(receipts.error()));
        }
    }

    // Acknowledged: it is in the model, at its place. Refused: it may turn up after the next start, or not.
    void note(const std::string& payload, tl::expected<std::uint64_t, std::error_code> offset) {
        if (!offset) {
            unsure_.push_back(payload);
            return;
        }
        // A batch that failed half-way has left its first part in the log, where readers see it at once.
        while (model_.size() < *offset) {
            REQUIRE_FALSE(unsure_.empty());
            model_.push_back(read_one(model_.size()));
        }
        REQUIRE(*offset == model_.size());
        model_.push_back(payload);
    }

    std::string read_one(std::uint64_t offset) {
        auto cursor = topic_->subscribe(StartFrom::offset(offset));
        return std::string{as_text(cursor.poll().value().front().payload)};
    }

    void restart() {
        close();
        start();
        accept_what_turned_up(model_.size());
    }

    void kill() {
        disk_.kill();
        close();
        if (pick(0, 4) == 0) die_while_starting();
        start();
        accept_what_turned_up(model_.size());
    }

    void crash() {
        disk_.crash();
        close();
        // What may be gone: nothing of what `always` acknowledged, up to the window of `batch`, anything under `os`.
        std::size_t sure = model_.size();
        if (durability_.mode == Durability::Mode::batch) sure -= std::min<std::size_t>(sure, durability_.events);
        if (durability_.mode == Durability::Mode::os) sure = 0;
        start();
        accept_what_turned_up(std::max(sure, durable_));
    }

    void break_the_disk() {
        switch (pick(0, 3)) {
            case 0: disk_.cut_power(pick(1, 60)); break;
            case 1: disk_.fail_sync(pick(1, 20)); break;
            case 2: disk_.fail_folder_sync(pick(1, 4)); break;
            default: disk_.fail_write(pick(1, 20)); break;
        }
        publish_some();
        publish_batch();
        crash();
    }

    void close() {
        topic_.reset();
        bus_.reset();
        REQUIRE(disk_.syncs_after_failure() == 0);
    }

    // The log must begin with the first `sure` of the model, then go on with it as far as it goes, and may only hold
    // what was published. What it holds is the new model.
    void accept_what_turned_up(std::size_t sure) {
        const auto found = read_all(*topic_);
        REQUIRE(found.size() >= sure);
        for (std::size_t i = 0; i < std::min(found.size(), model_.size()); ++i) REQUIRE(found[i] == model_[i]);
        for (std::size_t i = model_.size(); i < found.size(); ++i) {
            REQUIRE(std::find(unsure_.begin(), unsure_.end(), found[i]) != unsure_.end());
        }
        model_ = found;
        unsure_.clear();
        if (durability_.mode != Durability::Mode::os) durable_ = model_.size();
    }

    void check_all() { REQUIRE(read_all(*topic_) == model_); }

    void check_any_start() {
        if (!unsure_.empty()) return;
        const std::uint64_t from = pick(0, model_.size());
        const auto begin = model_.begin() + static_cast<std::ptrdiff_t>(from);
        const std::vector<std::string> expected{begin, model_.end()};
        REQUIRE(read_all(*topic_, StartFrom::offset(from)) == expected);
        if (expected.empty()) return;
        auto cursor = topic_->subscribe(StartFrom::offset(from));
        const auto batch = cursor.poll();
        REQUIRE(batch);
        const EventId id = batch->front().id;
        REQUIRE(read_all(*topic_, StartFrom::event(id)) == expected);
    }

    std::mt19937_64 random_;
    SimulatedDisk disk_;
    Durability durability_;
    std::optional<Bus> bus_;
    std::optional<Topic> topic_;
    std::uint64_t made_ = 0;
    std::vector<std::string> model_;
    std::vector<std::string> unsure_;
    std::size_t durable_ = 0;
};

// One of eight equal parts, so that they can run beside each other.
void run_part(std::uint64_t part) {
    constexpr std::uint64_t kParts = 8;
    std::uint64_t count = 2000;
    if (const char* const wanted = std::getenv("STATION_LOG_SEEDS")) count = std::strtoull(wanted, nullptr, 10);
    std::uint64_t first = 1 + part;
    if (const char* const seed = std::getenv("STATION_TEST_SEED")) {
        first = std::strtoull(seed, nullptr, 10);
        count = 1;
    }
    for (std::uint64_t seed = first; seed < first + count; seed += kParts) {
        INFO("STATION_TEST_SEED=" << seed);
        History{seed}.run();
    }
}

// Whatever happens, what was acknowledged is there, once and in order.
TEST_CASE("history: random, part 1") { run_part(0); }
TEST_CASE("history: random, part 2") { run_part(1); }
TEST_CASE("history: random, part 3") { run_part(2); }
TEST_CASE("history: random, part 4") { run_part(3); }
TEST_CASE("history: random, part 5") { run_part(4); }
TEST_CASE("history: random, part 6") { run_part(5); }
TEST_CASE("history: random, part 7") { run_part(6); }
TEST_CASE("history: random, part 8") { run_part(7); }

}  // namespace
}  // namespace station::log
