#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <random>

#include "chat/model/text.hpp"
#include "commands/output.hpp"
#include "open_chat.hpp"

namespace station::final_station {
namespace {

using chat::Id;

// Many at a time, without waiting for each.
class Writer {
  public:
    explicit Writer(chat::Book& book) : book_(book) {}

    void write(chat::Event event, std::optional<Id> key = {}) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return under_way_ < kMost; });
            ++under_way_;
        }
        const auto propose = [&](const chat::State&) -> chat::Book::Proposed<int> {
            return std::pair{0, chat::Book::Draft{std::move(event), key}};
        };
        book_.write(nothing_to_ask_, propose, [this](const chat::Answer<chat::Book::Written>& written) {
            const std::lock_guard lock{mutex_};
            if (!written) failed_ = written.error().detail;
            --under_way_;
            changed_.notify_all();
        });
    }
    // Empty: all is durable.
    std::string finish() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return under_way_ == 0; });
        return failed_;
    }

  private:
    static constexpr std::size_t kMost = 4096;
    const ledger::Pipeline<int> nothing_to_ask_{{}};
    chat::Book& book_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t under_way_ = 0;
    std::string failed_;
};

// Words as they are spread in a language: a few are everywhere, most are rare.
class Words {
  public:
    std::string text(std::uint64_t characters) {
        std::string text;
        while (text.size() < characters) {
            if (!text.empty()) text += ' ';
            text += word();
        }
        text.resize(characters);
        const std::string trimmed{chat::trimmed(text)};
        return trimmed.empty() ? "a" : trimmed;
    }

  private:
    std::string word() {
        constexpr double kWords = 50'000;
        const auto rank = static_cast<std::uint64_t>(std::pow(kWords, uniform_(random_)));
        std::string letters;
        for (std::uint64_t left = rank * 7919 + 17; left > 0; left /= 21) {
            letters += "bcdfghjklmnpqrstvwxyz"[left % 21];
            letters += "aeiou"[left % 5];
        }
        return letters;
    }
    std::mt19937_64 random_{7};
    std::uniform_real_distribution<double> uniform_{0, 1};
};

struct Seeded {
    std::vector<Id> users;
    std::vector<Id> rooms;
    std::vector<std::vector<Id>> members;  // of each room
};

Seeded seed_people(Writer& writer, const ChatSeed& seed, const std::string& hash) {
    Seeded seeded;
    const Id first_room = chat::random_id();
    seeded.users.push_back(chat::random_id());
    writer.write(chat::ChatSetUp{chat::random_id(), seeded.users[0], "User 1", "user1", hash,
                                 chat::digest_of(chat::random_secret(43)), 0, chat::random_secret(27), first_room,
                                 "All talk"});
    for (std::uint64_t i = 2; i <= seed.users; ++i) {
        const std::string number = std::to_string(i);
        seeded.users.push_back(chat::random_id());
        writer.write(chat::UserJoined{seeded.users.back(), "User " + number, "user" + number, hash,
                                      chat::digest_of(chat::random_secret(43)), 0});
    }
    seeded.rooms.push_back(first_room);
    seeded.members.push_back(seeded.users);
    for (std::uint64_t i = 0; i < seed.rooms; ++i) {
        std::vector<Id> members;
        for (std::uint64_t j = 0; j < std::min(seed.members, seed.users); ++j) {
            members.push_back(seeded.users[(i * seed.members + j) % seeded.users.size()]);
        }
        seeded.rooms.push_back(chat::random_id());
        writer.write(
            chat::RoomMade{seeded.rooms.back(), "Room " + std::to_string(i + 1), "closed", members[0], members});
        seeded.members.push_back(std::move(members));
    }
    return seeded;
}

void seed_messages(Writer& writer, const ChatSeed& seed, const Seeded& seeded) {
    Words words;
    for (std::uint64_t i = 0; i < seed.messages; ++i) {
        const std::size_t room = i % seeded.rooms.size();
        const std::vector<Id>& members = seeded.members[room];
        const std::string client_message_id = "seed-" + std::to_string(i);
        writer.write(chat::MessagePosted{seeded.rooms[room],
                                         members[i / seeded.rooms.size() % members.size()],
                                         words.text(seed.characters),
                                         client_message_id,
                                         {}},
                     chat::message_key(seeded.rooms[room], client_message_id));
    }
}

}  // namespace

int seed_chat(const ChatOptions& options, const ChatSeed& seed) {
    std::error_code error;
    std::filesystem::create_directories(chat_folder(options), error);
    if (error) return fail(chat_folder(options).string() + ": " + error.message());
    auto opened = open_chat(options);
    if (!opened) return fail(opened.error());
    chat::Chat& chat = **opened;
    if (chat.book().look([](const chat::State& state) { return state.is_set_up(); })) {
        return fail(chat_folder(options).string() + ": there are accounts already");
    }
    std::promise<std::string> made;
    chat::Passwords passwords;
    if (!passwords.hash(seed.password, [&](std::string hash) { made.set_value(std::move(hash)); })) {
        return fail("no thread for passwords");
    }
    const std::string hash = made.get_future().get();
    if (hash.empty()) return fail("no memory for a password");
    chat.start();
    Writer writer{chat.book()};
    const Seeded seeded = seed_people(writer, seed, hash);
    seed_messages(writer, seed, seeded);
    const std::string failed = writer.finish();
    if (const auto closed = chat.stop(); !closed) return fail(closed.error().message());
    if (!failed.empty()) return fail(failed);
    const auto messages = static_cast<unsigned long long>(seed.messages);
    if (options.json) {
        std::printf("{\"users\":%zu,\"rooms\":%zu,\"messages\":%llu}\n", seeded.users.size(), seeded.rooms.size(),
                    messages);
    } else {
        std::printf("%zu users (user1 is an administrator), %zu rooms, %llu messages; everybody's password is %s\n",
                    seeded.users.size(), seeded.rooms.size(), messages, seed.password.c_str());
    }
    return flush_output() ? 0 : kFailure;
}

}  // namespace station::final_station
