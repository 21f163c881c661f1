// says: MachineAllows
#include <station/ledger/typestate/transition.hpp>

using namespace station::ledger;

struct Door {
    struct Open : State<Door> {};
    struct Shut : State<Door> {};
    using Transitions = Allowed<Arrow<Open, Shut>>;
};

struct Lock {
#ifdef CONTROL
    using Free = Door::Open;
#else
    struct Free : State<Lock> {};
#endif
};

EventKind kind(const Transition<Lock::Free, Door::Shut>& step) { return step.kind(); }
