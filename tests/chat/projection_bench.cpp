// How fast the chat's tables are: made from a ledger of messages of 60 characters, written as messages come, and asked.
// No test: `chat_projection_bench [MESSAGES] [ROOMS]` prints what it measured; everything lies in a temporary folder.
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <chat/projection/projection.hpp>
#include <future>
#include <iostream>
#include <random>

using namespace station;
using namespace station::chat;
using Clock = std::chrono::steady_clock;

namespace {

struct Folder {
    Folder() : path(::mkdtemp(name)) {}
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
    char name[32] = "/tmp/station-chat-XXXXXX";
    log::Path path;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double processor_seconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double thread_seconds() { return processor_seconds(CLOCK_THREAD_CPUTIME_ID); }

// Few words are everywhere, and most are rare.
class Talk {
  public:
    Talk() {
        std::uniform_int_distribution<int> letter{0, 21};
        for (int i = 0; i < kWords; ++i) {
            std::string word;
            for (int size = std::uniform_int_distribution<int>{2, 9}(engine_); size > 0; --size) {
                word += "etaoinshrdlucmfwypvbgk"[letter(engine_)];
            }
            words_.push_back(word);
            weights_.push_back(1.0 / (i + 3));
        }
        pick_ = std::discrete_distribution<std::size_t>{weights_.begin(), weights_.end()};
    }
    std::string text() {
        std::string text;
        while (text.size() < 60) text += words_[pick_(engine_)] + ' ';
        text.resize(60);
        return text;
    }
    const std::string& word(std::size_t i) const { return words_[i]; }
    std::mt19937_64& engine() { return engine_; }

  private:
    static constexpr int kWords = 30'000;
    std::mt19937_64 engine_{7};
    std::vector<std::string> words_;
    std::vector<double> weights_;
    std::discrete_distribution<std::size_t> pick_;
};

struct Chatter {
    ledger::Store& store;
    Talk talk;
    std::vector<Id> rooms;
    std::vector<Id> users;
    std::uint64_t said = 0;

    void append(const Event& event) {
        const auto at = ledger::Coordinate::make(entity_of(event), kScope).value();
        const auto payload = encode(event);
        store.start_append(at, kind_of(event), payload, {}, [](const auto& receipt, bool) {
            if (!receipt) std::cerr << receipt.error().message() << '\n';
        });
    }
    void begin(std::size_t how_many) {
        for (int i = 0; i < 50; ++i) {
            users.push_back(random_id());
            append(UserJoined{users.back(), "User " + std::to_string(i), "user" + std::to_string(i), {}, {}, 0});
        }
        for (std::size_t i = 0; i < how_many; ++i) {
            rooms.push_back(random_id());
            append(RoomMade{rooms.back(), "Room", "closed", users[0], users});
        }
    }
    void say() {
        const Id& room = rooms[talk.engine()() % rooms.size()];
        const Id& user = users[talk.engine()() % users.size()];
        append(MessagePosted{room, user, talk.text(), "client-" + std::to_string(++said), {}});
        if (said % 4096 == 0) (void)store.sync();
    }
};

void wait_for(Projection& projection, std::uint64_t position) {
    std::promise<bool> reached;
    projection.when(position, [&](bool yes) { reached.set_value(yes); });
    if (!reached.get_future().get()) std::cerr << "the projection stopped\n";
}

template <typename Ask>
void measure(const char* what, std::size_t times, Ask ask) {
    std::vector<double> wall;
    std::vector<double> processor;
    for (std::size_t i = 0; i < times; ++i) {
        const auto start = Clock::now();
        const double before = thread_seconds();
        ask(i);
        processor.push_back((thread_seconds() - before) * 1e3);
        wall.push_back(seconds_since(start) * 1e3);
    }
    const auto print = [&](const char* name, std::vector<double>& took) {
        std::ranges::sort(took);
        std::cout << "  " << name << ' ' << took[took.size() / 2] << ", p99 " << took[took.size() * 99 / 100];
    };
    std::cout << what << ", ms:";
    print("wall", wall);
    print("processor", processor);
    std::cout << std::endl;
}

void measure_questions(const Projection& projection, Chatter& chat) {
    const auto some_room = [&](std::size_t i) -> const Id& { return chat.rooms[i * 31 % chat.rooms.size()]; };
    measure("page of 40", 1000, [&](std::size_t i) {
        (void)projection.page(some_room(i), Projection::Side::newest, {}, 40).value().value();
    });
    measure("unread", 1000, [&](std::size_t i) { (void)projection.unread(some_room(i), chat.users[0], 0).value(); });
    const std::span<const Id> all{chat.rooms};
    for (const std::size_t rooms : {std::size_t{1}, std::size_t{3}, std::size_t{20}, chat.rooms.size()}) {
        const std::span<const Id> mine = all.first(std::min(rooms, all.size()));
        std::cout << "-- in " << mine.size() << " rooms\n";
        const auto search = [&](const char* what, std::size_t times, auto query) {
            measure(what, times, [&](std::size_t i) { (void)projection.search(query(i), mine, 40).value()->size(); });
        };
        const Talk& talk = chat.talk;
        search("most common word", 200, [&](std::size_t i) { return talk.word(i % 3); });
        search("common words", 200, [&](std::size_t i) { return talk.word(10 + i); });
        search("rare words", 200, [&](std::size_t i) { return talk.word(20'000 + i * 7); });
        search("unknown words", 200, [&](std::size_t i) { return "zz" + talk.word(i); });
        search("two common words", 200, [&](std::size_t i) { return talk.word(i % 5) + ' ' + talk.word(7 + i % 20); });
        search("common and rare", 200, [&](std::size_t i) { return talk.word(i % 5) + ' ' + talk.word(15'000 + i); });
        search("phrase", 200, [&](std::size_t i) { return '"' + talk.word(i % 5) + ' ' + talk.word(i % 7) + '"'; });
        search("prefix, 1", 50, [&](std::size_t i) { return talk.word(i).substr(0, 1) + '*'; });
        search("prefix, 2", 100, [&](std::size_t i) { return talk.word(i).substr(0, 2) + '*'; });
        search("prefix, 3", 100, [&](std::size_t i) { return talk.word(i).substr(0, 3) + '*'; });
        search("prefix, 3, rare", 100, [&](std::size_t i) { return talk.word(9000 + i).substr(0, 3) + '*'; });
        search("prefix, common word", 100, [&](std::size_t i) { return talk.word(i % 10) + '*'; });
    }
}

void measure_live(ledger::Store& store, Projection& projection, Chatter& chat, double rate, std::atomic<double>& cpu,
                  std::atomic<std::uint64_t>& batches) {
    const double before = cpu;
    const std::uint64_t batches_before = batches;
    const auto start = Clock::now();
    std::size_t count = 0;
    const auto total = static_cast<std::size_t>(rate * 5);
    for (; count < total; ++count) {
        const auto due = start + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(static_cast<double>(count) / rate));
        if (Clock::now() < due) std::this_thread::sleep_until(due);
        chat.say();
    }
    (void)store.sync();
    wait_for(projection, store.size());
    std::cout << "live at " << rate << "/s: " << (cpu - before) / static_cast<double>(count) * 1e6
              << " us a message on the projection's thread, " << batches - batches_before << " batches, "
              << static_cast<double>(count) / seconds_since(start) << "/s" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t messages = argc > 1 ? std::stoul(argv[1]) : 1'000'000;
    const std::size_t rooms = argc > 2 ? std::stoul(argv[2]) : 100;
    const Folder folder;
    ledger::StoreConfig config{.dir = folder.path, .ledger = "chat", .durability = log::Durability::os()};
    config.checkpoint_every = 0;
    auto store = ledger::Store::open(config);
    if (!store) return std::cerr << store.error().message() << '\n', 1;
    Chatter chat{*store, {}, {}, {}};
    chat.begin(rooms);
    for (std::size_t i = 0; i < messages; ++i) chat.say();
    (void)store->sync();
    std::atomic<double> cpu{0};
    std::atomic<std::uint64_t> batches{0};
    const log::Path file = folder.path / "chat.db";
    auto projection = Projection::open(*store, {.path = file, .listener = [&](const Changes&) {
                                                    cpu = thread_seconds();
                                                    ++batches;
                                                }});
    if (!projection) return std::cerr << projection.error().message() << '\n', 1;
    const auto start = Clock::now();
    const double before = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    (*projection)->start();
    wait_for(**projection, store->size());
    const double took = seconds_since(start);
    const double processor = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
    std::cout << messages << " messages in " << rooms << " rooms: made in " << took << " s, "
              << static_cast<double>(messages) / took << " a second, "
              << processor / static_cast<double>(messages) * 1e6 << " us of processor time a message; "
              << (std::filesystem::file_size(file) >> 20) << " MiB" << std::endl;
    measure_questions(**projection, chat);
    chat.say();
    (void)store->sync();
    wait_for(**projection, store->size());
    for (const double rate : {200.0, 1000.0, 7000.0}) measure_live(*store, **projection, chat, rate, cpu, batches);
    std::cout << "-- afterwards\n";
    measure_questions(**projection, chat);
    return 0;
}
