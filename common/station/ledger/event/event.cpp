#include <station/ledger/event/event.hpp>
