// What the commands of `station ledger` are asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <station/ledger/coordinate/region.hpp>
#include <string>

namespace station::final_station {

struct LedgerOptions {
    std::string dir = "data";
    std::string ledger = "ledger";  // the topic
    bool json = false;
};

struct LedgerAppendOptions {
    std::string entity;
    std::string scope;
    std::string kind;
    std::string expect;  // empty: any
    std::string key;     // empty: none, as is the next one
    std::string cause;
    bool erasable = false;
    std::string payload;
    bool has_payload = false;  // otherwise: standard input, one a line
    bool keep_going = false;   // try the next line after one that was refused
    std::string durability = "always";
    std::uint64_t segment_bytes = std::uint64_t{256} << 20;
    std::size_t max_payload = std::size_t{1} << 20;
};

struct LedgerQueryOptions {
    ledger::Region region;
    std::uint64_t limit = 0;  // 0: none
};

struct LedgerProveOptions {
    std::string id;
    std::optional<std::uint64_t> from;  // in place of an id: the size to go on from
    std::string head_file;              // the head that it must be a proof of
};

struct LedgerCheckOptions {
    std::string proof_file;
    std::string head_file;
    std::string old_head_file;
    std::string key;  // of who must have signed, in hex
};

}  // namespace station::final_station
