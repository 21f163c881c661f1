// Trees to compare with: every node looked up in a table, made level by level, in another way than anything in
// common/station/ledger/proof does it.
#pragma once

#include <sodium.h>

#include <cstdint>
#include <station/ledger/proof/tree.hpp>
#include <string>
#include <vector>

namespace station::test {

// SHA-256, which public test vectors want.
class Sha256 {
  public:
    Sha256() { crypto_hash_sha256_init(&state_); }
    Sha256& update(log::Bytes bytes) {
        crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        return *this;
    }
    ledger::Hash finish() const {
        crypto_hash_sha256_state state = state_;
        ledger::Hash hash;
        crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(hash.bytes.data()));
        return hash;
    }

  private:
    crypto_hash_sha256_state state_;
};

// What stands for the hash of event i.
inline ledger::Hash event_hash(std::uint64_t i) { return ledger::blake3(log::as_bytes(std::to_string(i))); }

inline std::vector<ledger::Hash> event_hashes(std::uint64_t count, std::uint64_t first = 0) {
    std::vector<ledger::Hash> hashes;
    for (std::uint64_t i = 0; i < count; ++i) hashes.push_back(event_hash(first + i));
    return hashes;
}

template <typename H = ledger::Hasher>
struct NodeTable {
    std::vector<std::vector<ledger::Hash>> levels;  // the complete nodes of each

    explicit NodeTable(std::vector<ledger::Hash> leaves) : levels{std::move(leaves)} {
        while (levels.back().size() > 1) {
            const std::vector<ledger::Hash>& below = levels.back();
            std::vector<ledger::Hash> level;
            for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
                level.push_back(ledger::merkle::node_hash<H>(below[i], below[i + 1]));
            }
            levels.push_back(std::move(level));
        }
    }
    const ledger::Hash& operator()(unsigned level, std::uint64_t index) const { return levels.at(level).at(index); }
};

inline NodeTable<> node_table(std::uint64_t size) {
    std::vector<ledger::Hash> leaves;
    for (const ledger::Hash& hash : event_hashes(size)) leaves.push_back(ledger::merkle::leaf_hash(hash.bytes));
    return NodeTable<>{leaves};
}

}  // namespace station::test
