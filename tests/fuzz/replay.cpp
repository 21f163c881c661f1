// Runs a fuzz target without libFuzzer, in any build: all files of its corpus as they are, and each of them changed a
// number of times. The changes are the same in every run.
//
//   fuzz_http CORPUS CHANGES
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "fuzz.hpp"

namespace {

using Engine = std::mt19937;

std::size_t below(Engine& engine, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(engine);
}

void change(std::string& bytes, Engine& engine) {
    const std::size_t at = below(engine, bytes.size() + 1);
    const auto byte = static_cast<char>(below(engine, 256));
    switch (below(engine, 5)) {
        case 0: bytes.insert(at, 1, byte); break;
        case 1: bytes.erase(at, 1 + below(engine, 8)); break;
        case 2: bytes.insert(at, bytes.substr(below(engine, bytes.size() + 1), 64)); break;
        default:
            if (at < bytes.size()) {
                bytes[at] = below(engine, 2) == 0 ? byte : static_cast<char>(bytes[at] ^ 1 << below(engine, 8));
            }
    }
}

void run(const std::string& bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s CORPUS CHANGES\n", argv[0]);
        return 2;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{argv[1]}) files.push_back(entry.path());
    std::ranges::sort(files);
    Engine engine;
    for (const auto& file : files) {
        std::ifstream in{file, std::ios::binary};
        const std::string seed{std::istreambuf_iterator<char>{in}, {}};
        run(seed);
        for (int i = std::stoi(argv[2]); i > 0; --i) {
            std::string bytes = seed;
            for (std::size_t changes = 1 + below(engine, 4); changes > 0; --changes) change(bytes, engine);
            run(bytes);
        }
    }
    std::printf("%zu seeds\n", files.size());
    return files.empty() ? 1 : 0;
}
