// Prints, for merkle.py to compare, a line for each size up to that given: the size, its root, and SHA-256 of all its
// inclusion paths and of all its consistency paths, one behind the other.
//
//   merkle_paths 1000
#include "merkle_support.hpp"

#include <cstdio>
#include <cstdlib>

using namespace station::ledger;
using station::test::Sha256;

int main(int argc, char** argv) {
    const std::uint64_t largest = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
    if (largest == 0) {
        std::fputs("usage: merkle_paths SIZE\n", stderr);
        return 2;
    }
    const auto nodes = station::test::node_table(largest);
    const auto update = [](Sha256& sum, const std::vector<Hash>& path) {
        for (const Hash& hash : path) sum.update(hash.bytes);
    };
    for (std::uint64_t size = 1; size <= largest; ++size) {
        Sha256 inclusion;
        Sha256 consistency;
        for (std::uint64_t index = 0; index < size; ++index)
            update(inclusion, merkle::inclusion_path(index, size, nodes));
        for (std::uint64_t old = 1; old <= size; ++old) update(consistency, merkle::consistency_path(old, size, nodes));
        std::printf("%llu %s %s %s\n", static_cast<unsigned long long>(size),
                    merkle::root(size, nodes).to_hex().c_str(), inclusion.finish().to_hex().c_str(),
                    consistency.finish().to_hex().c_str());
    }
}
