#include <catch.hpp>
#include <station/ledger/typestate/transition.hpp>
#include <string>
#include <utility>

using namespace station::ledger;

namespace {

constexpr EventKind kLockAcquired = EventKind::custom(2, 1);
constexpr EventKind kLockReleased = EventKind::custom(2, 2);

struct Lock {
    struct Free : State<Lock> {};
    struct Acquired : State<Lock> {};
    struct Released : State<Lock> {};
    using Transitions = Allowed<Arrow<Free, Acquired>, Arrow<Acquired, Released>>;
};

struct Door {
    struct Open : State<Door> {};
    using Transitions = Allowed<Arrow<Open, Open>, Arrow<Open, Lock::Free>>;
};

struct NoState {};

static_assert(MachineAllows<Lock::Free, Lock::Acquired>);
static_assert(MachineAllows<Lock::Acquired, Lock::Released>);
static_assert(!MachineAllows<Lock::Free, Lock::Released>);
static_assert(!MachineAllows<Lock::Acquired, Lock::Free>);
static_assert(!MachineAllows<Lock::Free, Lock::Free>);
static_assert(MachineAllows<Door::Open, Door::Open>);
// Listed, but it leads out of the machine.
static_assert(!MachineAllows<Door::Open, Lock::Free>);
static_assert(!MachineAllows<NoState, Lock::Free> && !MachineAllows<Lock::Free, NoState>);

template <typename S, typename To>
concept CanGo = requires(const Stateful<S> value) { value.template to<To>(kLockAcquired); };
static_assert(CanGo<Lock::Free, Lock::Acquired>);
static_assert(!CanGo<Lock::Free, Lock::Released>);
static_assert(!CanGo<Lock::Released, Lock::Free>);

}  // namespace

TEST_CASE("a value in a state goes where its machine leads") {
    const std::string holder = "teller:7";
    Stateful<Lock::Free, std::string> free{"lock:1"};
    const auto acquire = free.to<Lock::Acquired>(kLockAcquired, holder);
    CHECK(acquire.kind() == kLockAcquired);
    CHECK(acquire.payload() == holder);
    CHECK(free.data() == "lock:1");

    Stateful<Lock::Acquired, std::string> acquired = std::move(free).after(acquire);
    CHECK(acquired.data() == "lock:1");
    auto release = acquired.to<Lock::Released>(kLockReleased, 5);
    static_assert(std::is_same_v<decltype(release), Transition<Lock::Acquired, Lock::Released, int>>);
    Stateful<Lock::Released, std::string> released = std::move(acquired).after(release);
    CHECK(std::move(release).into_payload() == 5);
    CHECK(std::move(released).into_data() == "lock:1");
}
