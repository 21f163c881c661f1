// says: (MachineAllows|constraints not satisfied for class template 'Transition')
#include <station/ledger/typestate/transition.hpp>

using namespace station::ledger;

struct Lock {
    struct Free : State<Lock> {};
    struct Acquired : State<Lock> {};
    struct Released : State<Lock> {};
    using Transitions = Allowed<Arrow<Free, Acquired>, Arrow<Acquired, Released>>;
};

#ifdef CONTROL
using Held = Lock::Acquired;
#else
using Held = Lock::Free;
#endif

EventKind release(const Stateful<Held>& lock) { return lock.to<Lock::Released>(EventKind::custom(2, 2)).kind(); }
