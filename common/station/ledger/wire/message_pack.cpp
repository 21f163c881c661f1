#include <station/ledger/wire/message_pack.hpp>
