// Forgetting, whatever happens to the disk meanwhile, and what must be left to read.
#include <history_secrets.hpp>

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <history.hpp>
#include <iterator>
#include <random>
#include <station/ledger/store/detail/cipher.hpp>
#include <stdexcept>
#include <store_support.hpp>

namespace station::ledger::test {
namespace {

// SQLite waits for the disk for each key; a folder in memory is none to wait for.
class KeysFolder {
  public:
    KeysFolder() {
        const bool in_memory = ::access("/dev/shm", W_OK) == 0;
        const log::Path where = in_memory ? log::Path{"/dev/shm"} : std::filesystem::temp_directory_path();
        std::string name = (where / "station-keys-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        file = log::Path{name} / "keys.db";
    }
    ~KeysFolder() { std::filesystem::remove_all(file.parent_path()); }
    KeysFolder(const KeysFolder&) = delete;
    KeysFolder& operator=(const KeysFolder&) = delete;

    log::Path file;
};

std::mt19937_64& cipher_engine() {
    static std::mt19937_64 engine;
    return engine;
}

const char* engine_name() { return "mt19937_64"; }
std::uint32_t draw() { return static_cast<std::uint32_t>(cipher_engine()()); }
void draw_all(void* const buffer, const std::size_t size) {
    std::generate_n(static_cast<unsigned char*>(buffer), size, [] { return static_cast<unsigned char>(draw()); });
}

}  // namespace

const log::Path& keys_file() {
    static const KeysFolder folder;
    return folder.file;
}

std::string read_keys() {
    std::ifstream file{keys_file(), std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void write_keys(const std::string& bytes) { std::ofstream{keys_file(), std::ios::binary} << bytes; }

void begin_secrets(std::uint64_t seed) {
    static randombytes_implementation implementation{engine_name, draw, nullptr, nullptr, draw_all, nullptr};
    randombytes_set_implementation(&implementation);
    // The first time it draws, too.
    if (sodium_init() < 0) throw std::runtime_error("libsodium does not begin");
    cipher_engine().seed(seed);
    std::filesystem::remove(keys_file());
}

std::optional<CachedFold> MapCache::get(const CacheKey& key) {
    const auto found = rows_.find({std::string{key.entity}, std::string{key.projection}});
    return found == rows_.end() ? std::nullopt : std::optional{found->second};
}

void MapCache::put(const CacheKey& key, const CachedFold& fold, const std::function<bool()>& may_write) {
    if (may_write()) rows_.insert_or_assign({std::string{key.entity}, std::string{key.projection}}, fold);
}

std::error_code MapCache::forget(std::string_view entity) {
    std::erase_if(rows_, [&](const auto& row) { return row.first.first == entity; });
    return {};
}

std::optional<std::error_code> History::refusal_to_forget(const std::string& entity) const {
    if (model_.stream(entity).empty()) return make_error_code(Errc::not_found);
    if (!model_.is_erasable(entity)) return make_error_code(Errc::not_erasable);
    return std::nullopt;
}

void History::forget() {
    static const std::vector<std::string> kEntities{"ab", "ab", "ab", "a", "b", "abc"};
    drain();
    const std::string entity = kEntities[random_.pick(0, 5)];
    note("forget " + entity);
    std::uint64_t fault = random_.pick(0, 9);
    if (refusal_to_forget(entity)) fault = 9;
    const std::uint64_t nth = random_.pick(1, 6);
    if (fault <= 3) armed_ = true;
    switch (fault) {
        case 0: note("sync " + std::to_string(nth) + " fails"), disk_.fail_sync(nth); break;
        case 1: note("write " + std::to_string(nth) + " fails"), disk_.fail_write(nth); break;
        case 2: note("power goes at call " + std::to_string(nth)), disk_.cut_power(nth); break;
        case 3: note("the disk is full"), disk_.set_space(random_.pick(0, 2) * 2048); break;
        case 4: keys_of_before_ = read_keys(); break;
        default: break;
    }
    const auto result = store_->forget(entity);
    disk_.fail_sync(0);
    disk_.fail_write(0);
    disk_.cut_power(0);
    disk_.set_space(~std::uint64_t{0});
    forgotten(entity, result, fault <= 3);
    const bool failed = store_->core()->topic().condition() != log::Condition::open;
    if (fault == 2) return crash();
    if (fault == 4) return random_.one_in(2) ? kill() : crash();
    if (failed) random_.one_in(2) ? kill() : crash();
}

void History::forgotten(const std::string& entity, const Result<bool>& result, bool armed) {
    if (const auto refusal = refusal_to_forget(entity)) {
        expect(!result && result.error().code == *refusal, "it can be forgotten, and must not be");
        return;
    }
    const std::size_t before = model_.size();
    const bool silent = model_.log()[model_.stream(entity).back()].erases();
    expect(result || armed, "it can't be forgotten: ", result ? "" : result.error().message());
    if (!result) {
        note(result.error().message());
        unsure_erased_.insert(entity);
        if (store_->core()->topic().condition() != log::Condition::open) return;
    }
    for (Record& record : read_log(store_->core()->topic(), before)) {
        expect(record.erases() && record.entity == entity && record.payload == "\xc0" && !record.key && !record.batch,
               "forgetting left another record");
        expect(record.scope == model_.log()[model_.stream(entity).back()].scope, "ERASED lies in another scope");
        model_.add(std::move(record));
    }
    const bool written = model_.size() > before;
    expect(written ? model_.size() == before + 1 && !silent : !result || silent, "ERASED: ", model_.size() - before);
    if (!result) return;
    expect(*result == written, "it says that it has ", *result ? "" : "not ", "forgotten");
    counts_.forgotten += written;
    synced_ = model_.size();
}

// A key from before the last ERASED would bring back what was forgotten.
void History::look_for_keys() const {
    EntityKeys keys{keys_file(), true};
    for (const std::string entity : {"a", "ab", "b"}) {
        Epoch epoch;
        for (const std::uint64_t global : model_.stream(entity)) {
            if (!model_.log()[global].erases()) continue;
            const auto key = keys.find(entity, epoch);
            expect(key && !*key, "a key of ", entity, " outlives its ERASED, ", global);
            epoch = model_.log()[global].sequence();
        }
    }
}

// What was refused, by its payload; of what nobody can read any more the first that it may be.
std::map<std::string, Sent>::iterator History::sent_of(const Record& record, const Model& found, std::uint64_t after) {
    const auto sealed = erasable_extension(log::as_bytes(record.payload));
    if (!sealed) return unsure_.find(record.payload);
    EntityKeys keys{keys_file(), true};
    Epoch epoch;
    for (const std::uint64_t global : found.stream(record.entity)) {
        const Record& other = found.log()[global];
        if (other.header.event_id < record.header.event_id && other.erases()) epoch = other.sequence();
    }
    const auto key = keys.find(record.entity, epoch);
    expect(key.has_value(), "the keys can't be read");
    if (*key) {
        const auto plain = decrypt(**key, record.entity, record.scope, *sealed);
        expect(plain.has_value(), "it can't be decrypted");
        return unsure_.find(std::string{log::as_text(*plain)});
    }
    const auto may_be = [&](const auto& one) {
        const Sent& sent = one.second;
        return sent.entity == record.entity && sent.scope == record.scope && sent.kind == record.header.event_kind &&
               sent.options.idempotency_key == record.key && sent.number > after &&
               sealed->size() == sent.payload.size() + 40;
    };
    auto first = unsure_.end();
    for (auto one = unsure_.begin(); one != unsure_.end(); ++one) {
        if (may_be(*one) && (first == unsure_.end() || one->second.number < first->second.number)) first = one;
    }
    return first;
}

}  // namespace station::ledger::test
