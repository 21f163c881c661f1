// A clock that stands still, jumps back a day and ahead a year, across rotations and restarts.
#include "check.hpp"
#include "digest.hpp"
#include "model.hpp"
#include "scenarios.hpp"

#include <cstdio>
#include <exception>
#include <optional>

namespace station::lab {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

struct Faults {
    std::uint64_t stood_still = 0;
    std::uint64_t went_back = 0;
    std::uint64_t jumped_ahead = 0;
    std::uint64_t restarts = 0;
    std::uint64_t events = 0;
    std::uint64_t look_ups = 0;
};

class ClockHistory {
  public:
    ClockHistory(std::uint64_t seed, bool control, Faults& faults)
        : random_(seed), disk_(seed), control_(control), faults_(faults) {}

    void run(Digest& digest) {
        start();
        for (int round = 0; round < 12; ++round) {
            change();
            publish(random_.pick(1, 60));
            check();
        }
        digest.add(disk_);
    }

  private:
    void start() {
        topic_.reset();
        bus_.reset();
        auto config = small_config(disk_);
        config.clock = [this] { return now_ += tick_; };
        bus_.emplace(open_bus(config));
        topic_.emplace(open_topic(*bus_, "t"));
    }

    void change() {
        tick_ = 1000;
        switch (random_.pick(0, 4)) {
            case 0:
                tick_ = 0;
                ++faults_.stood_still;
                break;
            case 1:
                now_ -= kDay;
                ++faults_.went_back;
                break;
            case 2:
                now_ += 365 * kDay;
                ++faults_.jumped_ahead;
                break;
            case 3:
                tick_ = -kSecond;
                ++faults_.went_back;
                break;
            default:
                start();
                ++faults_.restarts;
                break;
        }
    }

    void publish(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i, ++faults_.events) {
            const std::string payload = std::to_string(model_.size());
            const std::int64_t before = now_;
            const auto receipt = topic_->publish(payload);
            expect(receipt.has_value(), "a publish is refused");
            // The control: an event's time is what the clock says, whatever was before.
            model_.push_back({payload, {}, receipt->id, control_ ? before + tick_ : receipt->time});
            if (model_.size() < 2) continue;
            const Event& last = model_[model_.size() - 2];
            expect(model_.back().time >= last.time, "time goes back at offset ", model_.size() - 1);
            expect(model_.back().id > last.id, "ids do not increase at offset ", model_.size() - 1);
        }
    }

    void check() {
        expect(read_all(*topic_) == model_, "the log does not hold what was acknowledged");
        for (int i = 0; i < 8; ++i, ++faults_.look_ups) check_look_ups(*topic_, model_, random_);
        // What happened since a moment is never less because the clock was wrong then.
        const std::int64_t since = model_[random_.pick(0, model_.size() - 1)].time;
        const Events found = read_all(*topic_, log::StartFrom::time(since));
        expect(!found.empty() && found.front().time == since, "a look-up by time misses the event of that time");
    }

    Random random_;
    SimulatedDisk disk_;
    const bool control_;
    Faults& faults_;
    std::int64_t now_ = 1'700'000'000 * kSecond;
    std::int64_t tick_ = 1000;
    std::optional<log::Bus> bus_;
    std::optional<log::Topic> topic_;
    Events model_;
};

}  // namespace

int clock(const Options& options) {
    Faults faults;
    Digest digest;
    std::uint64_t wrong = 0;
    for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
        try {
            ClockHistory{seed, options.control, faults}.run(digest);
        } catch (const std::exception& broken) {
            if (wrong++ == 0) {
                std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.what());
            }
        }
    }
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "{\"histories\":%llu,\"events\":%llu,\"stood_still\":%llu,\"went_back\":%llu,\"jumped_ahead\":%llu,"
        "\"restarts\":%llu,\"look_ups\":%llu,\"wrong\":%llu,\"digest\":%s}\n",
        number(options.count), number(faults.events), number(faults.stood_still), number(faults.went_back),
        number(faults.jumped_ahead), number(faults.restarts), number(faults.look_ups), number(wrong),
        digest_json(digest.value()).c_str());
    return wrong > 0 ? 1 : 0;
}

}  // namespace station::lab
