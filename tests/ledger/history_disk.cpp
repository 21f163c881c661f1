// What happens to the disk and to the process of a history, and what must be left then.
#include <algorithm>
#include <cerrno>
#include <history.hpp>
#include <history_secrets.hpp>

namespace station::ledger::test {
namespace {

constexpr const char* kFolder = "/data";
constexpr const char* kLedger = "ledger";
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

log::Durability any_durability(lab::Random& random) {
    const std::uint64_t mode = random.pick(0, 9);
    if (mode < 7) return log::Durability::always();
    return mode < 8 ? log::Durability::batch(random.pick(1, 20), std::chrono::milliseconds{3'600'000})
                    : log::Durability::os();
}

std::uint64_t used(const SimulatedDisk& disk) {
    std::uint64_t sum = 0;
    for (const std::string& file : disk.files()) sum += disk.content(file).size();
    return sum;
}

}  // namespace

void HistoryCounts::add(const HistoryCounts& other) {
    acknowledged += other.acknowledged;
    refused += other.refused;
    mismatches += other.mismatches;
    duplicates += other.duplicates;
    followers += other.followers;
    reused += other.reused;
    hidden += other.hidden;
    secrets += other.secrets;
    forgotten += other.forgotten;
    proved += other.proved;
    turned_up += other.turned_up;
    restarts += other.restarts;
    power_cuts += other.power_cuts;
}

History::History(std::uint64_t seed)
    : seed_(seed),
      random_(seed),
      disk_(seed),
      durability_(any_durability(random_)),
      cache_(std::make_shared<MapCache>()) {
    note("durability " + durability_.to_text());
}

// A store that is closed waits for what is under way, and nobody else writes it.
History::~History() {
    try_again_ = false;
    if (store_) store_->core()->lead();
    if (std::any_of(appends_.begin(), appends_.end(), [](const auto& append) { return !append->answered; })) give_up();
}

std::uint64_t History::digest() const {
    lab::Digest all = digest_;
    all.add(disk_);
    return all.value();
}

void History::note(std::string words) {
    digest_.add(words);
    steps_.push_back(std::move(words));
}

void History::run() {
    begin_secrets(seed_);
    open();
    for (std::uint64_t left = random_.pick(5, 30); left > 0; --left) step();
    restart();
    note("without its index");
    close();
    for (const std::string& file : disk_.files()) {
        if (file.find("/index/") != std::string::npos) disk_.remove(file);
    }
    open();
    look();
    close();
}

void History::step() {
    switch (random_.pick(0, 17)) {
        case 0: return restart();
        case 1: return kill();
        case 2: return crash();
        case 3:
        case 4:
        case 5: return break_the_disk();
        case 6: return checkpoint();
        case 7: return look();
        case 8: return look_beside();
        case 9:
            tick_ = static_cast<std::int64_t>(random_.pick(0, 2)) * 400'000;
            if (random_.one_in(3)) now_ -= 5'000'000;
            return note("clock " + std::to_string(now_) + ", tick " + std::to_string(tick_));
        case 10: return drain();
        case 11:
        case 12: return forget();
        default: append_some(4);
    }
    if (random_.one_in(2)) drain();
    if (broken_) throw *broken_;
}

log::BusConfig History::bus_config() {
    log::BusConfig config;
    disk_.connect(config);
    config.dir = kFolder;
    config.durability = durability_;
    config.segment_bytes = random_.pick(4096, 9000);
    config.index_stride = random_.pick(1, 600);
    config.zero_ahead = random_.pick(0, 1) * 4096;
    config.max_group = random_.pick(400, 4000);
    config.writer_threads = 0;
    config.clock = [this] { return now_; };
    return config;
}

std::optional<Error> History::try_to_open() {
    auto bus = log::Bus::open(bus_config());
    if (!bus) return Error{bus.error().code, bus.error().where};
    const auto topic = bus->topic(kLedger);
    if (!topic) return Error{topic.error(), kLedger};
    StoreConfig config;
    config.dir = kFolder;
    config.disk = &disk_;
    config.keys_file = keys_file();
    config.cache = cache_;
    config.clock = [this] { return now_; };
    config.queue_capacity = capacity_ = random_.one_in(3) ? random_.pick(1, 8) : 65536;
    config.checkpoint_every = random_.pick(1, 40);
    // As many as are drawn before.
    config.entropy = [this] { return random_.pick(0, kNoLimit); };
    auto store = Store::on(*topic, config);
    if (!store) {
        bus->shutdown();
        return store.error();
    }
    expect(topic->recovery().damage.empty(), "the log is said to be damaged");
    bus_.emplace(std::move(*bus));
    store_.emplace(std::move(*store));
    return std::nullopt;
}

void History::open() {
    disk_.kill();  // the process of before has ended
    if (keys_of_before_) write_keys(*std::exchange(keys_of_before_, std::nullopt));
    disk_.power_on();
    break_the_index();
    if (random_.one_in(4)) {
        const std::uint64_t nth = random_.pick(1, 80);
        note("open, and call " + std::to_string(nth) + " fails");
        disk_.fail_call(nth, {random_.one_in(2) ? EIO : EMFILE, std::system_category()});
        const auto error = try_to_open();
        disk_.fail_call(0, {});
        if (error) note(error->message());
        const bool failed = error || store_->core()->topic().condition() != log::Condition::open;
        // What a failed sync leaves out only a machine that starts again says for certain.
        if (failed) {
            if (store_) close();
            lose_power();
            disk_.power_on();
        }
    }
    if (!store_) {
        note("open");
        const auto error = try_to_open();
        expect(!error, "it does not open: ", error ? error->message() : "");
    }
    armed_ = false;
}

void History::close() {
    drain();
    store_->close();
    store_.reset();
    bus_->shutdown();
    bus_.reset();
    expect(disk_.syncs_after_failure() == 0, "a file or folder was synced again after a sync of it had failed");
}

void History::restart() {
    ++counts_.restarts;
    note("restart");
    close();
    open();
    accept_what_turned_up();
    look();
}

void History::kill() {
    note("kill");
    disk_.kill();
    armed_ = true;
    close();
    open();
    accept_what_turned_up();
    look();
}

void History::crash() {
    lose_power();
    armed_ = true;
    close();
    open();
    accept_what_turned_up();
    look();
}

// Nothing of what `always` acknowledged may be gone, up to the window of `batch`.
void History::lose_power() {
    ++counts_.power_cuts;
    note("power cut");
    disk_.crash();
    if (durability_.mode == log::Durability::Mode::batch) lost_ = std::max<std::size_t>(lost_, durability_.events);
    if (durability_.mode == log::Durability::Mode::os) lost_ = static_cast<std::size_t>(-1);
}

// Whether the power may go.
bool History::arm() {
    armed_ = true;
    const std::uint64_t nth = random_.pick(1, 12);
    switch (random_.pick(0, 6)) {
        case 0:
            note("power goes at call " + std::to_string(3 * nth));
            disk_.cut_power(3 * nth);
            return true;
        case 1:
            note("sync " + std::to_string(nth) + " fails");
            disk_.fail_sync(nth);
            break;
        case 2:
            note("write " + std::to_string(nth) + " fails");
            disk_.fail_write(nth);
            break;
        case 3: {
            const int error = random_.one_in(2) ? EMFILE : EIO;
            note("call " + std::to_string(3 * nth) + " fails");
            disk_.fail_call(3 * nth, {error, std::system_category()});
            break;
        }
        default: {
            const std::uint64_t space = used(disk_) + random_.pick(0, 3000);
            note("room for " + std::to_string(space) + " bytes");
            disk_.set_space(space);
        }
    }
    return false;
}

// A disk that was only full goes on, and so does the store, without a restart.
void History::break_the_disk() {
    const bool power = arm();
    for (std::uint64_t rounds = random_.pick(1, 3); rounds > 0; --rounds) {
        try_again_ = random_.one_in(3);
        append_some(6);
        if (random_.one_in(2)) store_->core()->checkpoint(random_.one_in(2));
        drain();
    }
    try_again_ = false;
    disk_.set_space(kNoLimit);
    disk_.fail_call(0, {});
    disk_.fail_sync(0);
    disk_.fail_write(0);
    disk_.cut_power(0);
    note("the disk is whole again");
    if (power) return crash();
    const bool failed = store_->core()->topic().condition() != log::Condition::open;
    if (!failed && !random_.one_in(4)) return;
    random_.one_in(3) ? kill() : crash();
}

void History::checkpoint() {
    note("checkpoint");
    const auto error = store_->core()->checkpoint(random_.one_in(2));
    expect(!error || armed_, "no checkpoint: ", error ? error->message() : "");
}

// The index is derived: without it, or with one that says something else, nothing changes.
void History::break_the_index() {
    if (!random_.one_in(4)) return;
    std::vector<std::string> parts;
    for (const std::string& file : disk_.files()) {
        if (file.find("/index/") != std::string::npos) parts.push_back(file);
    }
    if (parts.empty()) return;
    const std::string& part = parts[random_.pick(0, parts.size() - 1)];
    auto bytes = disk_.content(part);
    switch (random_.pick(0, 2)) {
        case 0:
            note("lose " + part);
            disk_.remove(part);
            return;
        case 1: bytes.resize(random_.pick(0, bytes.size())); break;
        default:
            if (!bytes.empty())
                bytes[random_.pick(0, bytes.size() - 1)] ^= static_cast<std::byte>(random_.pick(1, 255));
    }
    note("break " + part);
    disk_.set_content(part, bytes);
}

// Another process looks at the same folder, and writes nothing.
void History::look_beside() {
    note("look beside");
    StoreConfig config;
    config.dir = kFolder;
    config.ledger = kLedger;
    config.read_only = true;
    config.disk = &disk_;
    config.keys_file = keys_file();
    auto store = Store::open(config);
    expect(store.has_value(), "it does not open beside: ", store ? "" : store.error().message());
    compare(*store, model_, random_);
    compare_content(*store, model_);
}

void History::look() {
    note("look");
    compare(*store_, model_, random_);
    compare_content(*store_, model_);
    look_for_keys();
    if (!random_.one_in(3)) return;
    drain();
    note("prove");
    if (store_->core()->topic().condition() != log::Condition::open) return;
    compare_proofs(*store_, model_, random_);
    synced_ = model_.size();
    counts_.proved += model_.size() > 0;
}

}  // namespace station::ledger::test
