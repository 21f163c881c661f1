#include <loadgen/hammer/talk/run.hpp>

#include <time.h>
#include <algorithm>
#include <cmath>
#include <loadgen/hammer/talk/audit.hpp>
#include <loadgen/hammer/talk/poster.hpp>
#include <loadgen/hammer/talk/served.hpp>
#include <loadgen/hammer/text.hpp>
#include <optional>
#include <station/base/addresses.hpp>
#include <station/base/descriptor_limit.hpp>
#include <station/base/numbers.hpp>
#include <thread>

namespace station::hammer::talk {
namespace {

using namespace std::chrono_literals;
using SteadyClock = Stage::Clock;

constexpr Nanoseconds kMomentTime = 1s;
constexpr Nanoseconds kTickTime = 50ms;
constexpr Nanoseconds kPatienceAfterInterrupt = 500ms;
constexpr Nanoseconds kTimeToConnect = 5ms;  // each member's
constexpr std::size_t kOtherFiles = 512;     // beside the members' connections

Nanoseconds own_processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + Nanoseconds{time.tv_nsec};
}

class Evening {
  public:
    Evening(Stage& stage, Served& served, const std::atomic<bool>& interrupted, const Say& say)
        : stage_(stage), plan_(stage.plan), served_(served), interrupted_(interrupted), say_(say) {
        const std::size_t count = plan_.members == 0 ? 0 : std::clamp<std::size_t>(plan_.threads, 1, plan_.members);
        for (std::size_t i = 0; i < count; ++i) crews_.push_back(std::make_unique<Crew>(stage, i, count));
        for (std::size_t i = 0; i < plan_.posters; ++i) posters_.push_back(std::make_unique<Poster>(stage, i));
        share_turns();
    }

    Result run() {
        Result result;
        Cost cost;
        cost.resident_alone = served_.resident_bytes();
        {
            std::vector<std::jthread> threads;
            for (auto& crew : crews_) threads.emplace_back([&crew] { crew->run(); });
            for (auto& poster : posters_) threads.emplace_back([&poster] { poster->run(); });
            play(result, cost);
        }
        for (auto& crew : crews_) result.seen.add(crew->tally());
        for (auto& poster : posters_) result.seen.add(poster->tally());
        result.acknowledged = result.seen.acknowledged.size();
        if (plan_.rate > 0) result.due = static_cast<std::uint64_t>(std::llround(plan_.rate * seconds(plan_.duration)));
        if (served_.is_started()) result.cost = cost;
        say_("comparing");
        const auto rooms = compare(stage_, crews_, result);
        if (!interrupted_) read_back(stage_, rooms, result);
        result.interrupted = interrupted_;
        return result;
    }

  private:
    static double seconds(Nanoseconds time) { return std::chrono::duration<double>(time).count(); }

    void share_turns() {
        std::vector<Crew*> talkers;
        for (auto& crew : crews_) {
            if (crew->has_writers()) talkers.push_back(crew.get());
        }
        for (std::size_t i = 0; i < talkers.size(); ++i) talkers[i]->take_turns(i, talkers.size());
    }

    // Everybody's part of an act; false: not in time.
    bool wait_for(Act act, std::size_t threads, Nanoseconds patience, const char* what) {
        auto until = SteadyClock::now() + patience;
        bool hurried = false;
        while (!stage_.wait_for(act, threads, std::min(until, SteadyClock::now() + 200ms))) {
            if (interrupted_ && !std::exchange(hurried, true)) until = SteadyClock::now() + kPatienceAfterInterrupt;
            if (SteadyClock::now() >= until) return false;
            say_(std::string{what} + ", " + base::with_commas(static_cast<std::uint64_t>(stage_.here())) +
                 " members are there");
        }
        return true;
    }

    void play(Result& result, Cost& cost) {
        const std::size_t all = crews_.size() + posters_.size();
        const auto slow = kTimeToConnect * static_cast<Nanoseconds::rep>(plan_.members);
        const bool gathered = wait_for(Act::gathering, all, plan_.patience + slow, "connecting");
        cost.resident_full = served_.resident_bytes();
        result.members = static_cast<std::size_t>(std::max<std::int64_t>(0, stage_.here()));
        if (gathered) {
            const Nanoseconds before = served_.processor_time();
            const Nanoseconds own_before = own_processor_time();
            const auto start = SteadyClock::now();
            stage_.begin(Act::talking);
            watch(result, start);
            stage_.begin(Act::answering);
            result.ran_out_of_patience = !wait_for(Act::answering, all, plan_.patience, "waiting for answers");
            result.elapsed = SteadyClock::now() - start;
            result.own_processor = own_processor_time() - own_before;
            stage_.begin(Act::settling);
            const bool settled = wait_for(Act::settling, crews_.size(), plan_.patience, "waiting for messages");
            result.ran_out_of_patience = result.ran_out_of_patience || !settled;
            wait_for_tables(stage_);
            cost.processor = served_.processor_time() - before;
        } else {
            result.ran_out_of_patience = true;
        }
        cost.resident_after = served_.resident_bytes();
        stage_.begin(Act::over);
    }

    void watch(Result& result, SteadyClock::time_point start) {
        const auto until = start + plan_.duration;
        auto next = start + kMomentTime;
        std::uint64_t acknowledged = 0;
        std::uint64_t delivered = 0;
        while (!interrupted_ && SteadyClock::now() < until) {
            stage_.wait_in(Act::talking, std::min({until, next, SteadyClock::now() + kTickTime}));
            if (SteadyClock::now() < next) continue;
            next += kMomentTime;
            const Moment now{SteadyClock::now() - start, stage_.acknowledged(), stage_.delivered()};
            say_(short_time(static_cast<std::uint64_t>(now.at.count())) + "  said " +
                 base::with_commas(now.acknowledged - std::exchange(acknowledged, now.acknowledged)) +
                 "/s  delivered " + base::with_commas(now.delivered - std::exchange(delivered, now.delivered)) +
                 "/s  members " +
                 base::with_commas(static_cast<std::uint64_t>(std::max<std::int64_t>(0, stage_.here()))));
            result.moments.push_back(now);
        }
    }

    Stage& stage_;
    const Plan& plan_;
    Served& served_;
    const std::atomic<bool>& interrupted_;
    const Say& say_;
    std::vector<std::unique_ptr<Crew>> crews_;
    std::vector<std::unique_ptr<Poster>> posters_;
};

Result no_run(const std::string& why) {
    Result result;
    result.failure = why;
    return result;
}

}  // namespace

Result run(const Plan& plan, const std::atomic<bool>& interrupted, const Say& say) {
    base::raise_descriptor_limit(plan.members + plan.posters + kOtherFiles);
    auto served = Served::begin(plan, say);
    if (!served) return no_run(served.error());
    const net::Endpoint server = served->endpoint();
    const auto addresses = base::resolve(server.host, server.port);
    if (!addresses) return no_run("cannot find " + server.host + ": " + addresses.error().message());
    auto cast = sign_in(plan, server, *addresses, interrupted, say);
    if (!cast) return no_run(cast.error());

    const auto now = std::chrono::system_clock::now().time_since_epoch();
    Stage stage{plan, server, *addresses, std::move(*cast), static_cast<std::uint64_t>(Nanoseconds{now}.count())};
    Result result = Evening{stage, *served, interrupted, say}.run();
    const std::string wrong = served->end();
    if (result.failure.empty()) result.failure = wrong;
    return result;
}

}  // namespace station::hammer::talk
