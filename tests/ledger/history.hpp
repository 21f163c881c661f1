// A random history of a store on a simulated disk: appends of all kinds, several of them under way, batches,
// checkpoints, restarts, kills, power cuts, failing calls, a disk that fills up, and forgetting, against the model. A
// seed gives the same history again, to the last byte: there is no thread but the caller's.
#pragma once

#include <deque>
#include <drivers/check.hpp>
#include <drivers/digest.hpp>
#include <drivers/random.hpp>
#include <log_simulated_disk.hpp>
#include <memory>
#include <model.hpp>
#include <optional>
#include <set>
#include <station/ledger/store/detail/core.hpp>
#include <station/ledger/store/projection_cache.hpp>
#include <station/ledger/store/store.hpp>
#include <string>
#include <vector>

namespace station::ledger::test {

using ::station::test::SimulatedDisk;

// An event as it was asked for. Its payload is like no other.
struct Sent {
    std::string entity;
    std::string scope;
    EventKind kind;
    std::string payload;
    AppendOptions options;
    std::uint64_t number = 0;
};

struct HistoryCounts {
    std::uint64_t acknowledged = 0;  // appends
    std::uint64_t refused = 0;       // by the disk
    std::uint64_t mismatches = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t followers = 0;  // of a key that was under way
    std::uint64_t reused = 0;     // keys
    std::uint64_t hidden = 0;     // records
    std::uint64_t secrets = 0;    // appends that were encrypted
    std::uint64_t forgotten = 0;  // entities
    std::uint64_t proved = 0;     // events
    std::uint64_t turned_up = 0;  // appends that were refused, and were there after a restart
    std::uint64_t restarts = 0;
    std::uint64_t power_cuts = 0;

    void add(const HistoryCounts& other);
};

// Everything that the store can be asked gives what the model says. Throws Broken.
void compare(const Store& store, const Model& model, lab::Random& random);
// What events say, decrypted, and what is projected from them. Throws Broken.
void compare_content(const Store& store, const Model& model);
// Head, an event and an extension, proved and checked. Throws Broken.
void compare_proofs(const Store& store, const Model& model, lab::Random& random);
// All that lies in the log from there on.
std::vector<Record> read_log(const log::Topic& topic, std::uint64_t from);

class History {
  public:
    explicit History(std::uint64_t seed);
    ~History();

    void run();  // throws Broken
    const std::vector<std::string>& steps() const { return steps_; }
    const HistoryCounts& counts() const { return counts_; }
    std::uint64_t digest() const;  // of every step, every answer and the files as they are now

  private:
    struct Append;
    using Receipts = std::vector<AppendReceipt>;
    // What must come of an append.
    struct Fate {
        std::optional<std::error_code> denied = {};
        std::optional<SequenceMismatch> mismatch = {};
        std::vector<std::uint64_t> duplicates = {};  // global sequences
        std::shared_ptr<Append> leader = {};         // has its keys, and is under way
    };
    struct Append : Operation {
        using Operation::Operation;

        History* history = nullptr;
        std::vector<Sent> sent;
        std::int64_t now = 0;
        Fate fate;
        bool doomed = false;  // one before it was refused
        bool answered = false;
        std::vector<std::uint64_t> globals;  // where it was written
        bool unread = false;                 // its keys are there, and what they are of can't be read
        Receipts receipts;                   // of one whose keys were there
    };

    void note(std::string words);
    void step();
    // Appends.
    Sent any_event();
    AppendOptions any_options(const std::string& entity);
    std::vector<Sent> any_events();
    void append_some(std::uint64_t most);
    void start(std::vector<Sent> sent);
    void call(std::vector<Sent> sent);
    void drain();
    [[noreturn]] void give_up();
    std::shared_ptr<Append> prepare(std::vector<Sent> sent);
    Fate fate_of(const std::vector<Sent>& sent) const;
    std::size_t events_under_way() const;
    std::optional<Fate> fate_of_keys(const std::vector<Sent>& sent) const;
    std::optional<std::uint64_t> last_sequence(const std::string& entity) const;
    std::optional<bool> is_erasable(const std::string& entity) const;  // nullopt: nothing was said yet
    std::shared_ptr<Append> under_way(const EventId& key) const;
    // Answers.
    void answered(Append& append, const std::optional<Error>& error, const Receipts& receipts);
    void refused(Append& append, const Error& error);
    void taken(Append& append, const Receipts& receipts);
    void known(const Append& append, const std::vector<std::uint64_t>& globals) const;
    void check_follower(const Append& append) const;
    void refuse_those_behind(Append& append, const Error& error);
    std::vector<std::uint64_t> globals_of_leader(const Append& append) const;
    // Forgetting.
    void forget();
    void forgotten(const std::string& entity, const Result<bool>& result, bool armed);
    void look_for_keys() const;
    std::optional<std::error_code> refusal_to_forget(const std::string& entity) const;
    std::map<std::string, Sent>::iterator sent_of(const Record& record, const Model& found, std::uint64_t after);
    // Disks and restarts.
    log::BusConfig bus_config();
    std::optional<Error> try_to_open();
    void open();
    void close();
    void restart();
    void kill();
    void crash();
    void lose_power();
    void break_the_disk();
    bool arm();
    void break_the_index();
    void accept_what_turned_up();
    void checkpoint();
    void look_beside();
    void look();

    const std::uint64_t seed_;
    lab::Random random_;
    SimulatedDisk disk_;
    std::int64_t now_ = 1'700'000'000'000'000'000;
    std::int64_t tick_ = 300'000;
    log::Durability durability_;
    std::optional<log::Bus> bus_;
    std::optional<Store> store_;
    Model model_;  // what was acknowledged, and what the log holds besides
    std::deque<std::shared_ptr<Append>> under_way_;
    std::vector<std::shared_ptr<Append>> appends_;  // since all was answered last
    std::vector<std::vector<Sent>> tried_;
    std::map<std::string, Sent> unsure_;         // refused, by payload: may turn up
    std::set<std::string> unsure_erased_;        // forgetting them was refused: an ERASED may turn up
    std::size_t synced_ = 0;                     // records that no power cut may take
    std::optional<std::string> keys_of_before_;  // a crash kept them from being destroyed: there at the next start
    std::shared_ptr<ProjectionCache> cache_;
    std::size_t lost_ = 0;          // so many of the last records may be gone at the next start
    bool armed_ = false;            // calls of the disk may fail, or have failed in this life
    std::size_t capacity_ = 65536;  // events under way
    const Append* starting_ = nullptr;
    bool try_again_ = false;             // whoever is refused appends something else before the others are answered
    std::optional<lab::Broken> broken_;  // what an answer has shown
    std::uint64_t numbers_ = 0;
    std::vector<std::string> steps_;
    HistoryCounts counts_;
    lab::Digest digest_;
};

}  // namespace station::ledger::test
