// says: MachineAllows
#include <station/ledger/typestate/transition.hpp>

using namespace station::ledger;

struct Lock {
    struct Free : State<Lock> {};
    struct Acquired : State<Lock> {};
    struct Released : State<Lock> {};
    using Transitions = Allowed<Arrow<Free, Acquired>, Arrow<Acquired, Released>>;
};

#ifdef CONTROL
using Step = Transition<Lock::Free, Lock::Acquired>;
#else
using Step = Transition<Lock::Released, Lock::Acquired>;
#endif

EventKind kind(const Step& step) { return step.kind(); }
