#include <station/ledger/wire/json.hpp>
