// Random histories against a model that keeps everything in lists, with the tables lost, cut, swapped or left behind in
// between. STATION_TEST_SEED=17 runs that one alone, STATION_TEST_COUNT=1000 so many from it on, or from 1.
#include <algorithm>
#include <chat_support.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

using namespace station;
using namespace station::chat;
using namespace station::chat::test;
using Side = Projection::Side;

namespace {

struct ModelMessage {
    Id id;
    Id room;
    Id creator;
    std::string content;
    std::uint64_t sequence = 0;
    std::optional<std::int64_t> edited_at = {};
    std::uint64_t changed = 0;
    bool deleted = false;
    std::vector<Id> mentions = {};
    std::vector<std::pair<Id, std::string>> boosts = {};
    Id text_event;
};

class ChatHistory {
  public:
    explicit ChatHistory(std::uint64_t seed) : engine_(seed) {}

    void run() {
        for (int i = 0; i < 4; ++i) rename(join());
        for (int i = 0; i < 3; ++i) make_room();
        projection_ = world_.open();
        for (std::uint64_t i = up_to(100) + 10; i > 0; --i) {
            for (std::uint64_t events = up_to(40); events > 0; --events) step();
            if (up_to(2) == 0) check();
            if (up_to(3) == 0) restart();
        }
        check();
    }
    std::uint64_t restarts = 0;
    std::uint64_t checks = 0;

  private:
    std::uint64_t up_to(std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>{0, most}(engine_); }
    template <typename List>
    const auto& any(const List& list) {
        return list[static_cast<std::size_t>(up_to(list.size() - 1))];
    }
    ModelMessage* any_message() {
        if (messages_.empty()) return nullptr;
        ModelMessage& message = messages_[static_cast<std::size_t>(up_to(messages_.size() - 1))];
        return message.deleted || !is_there(message.room) ? nullptr : &message;
    }
    bool is_there(const Id& room) const { return std::ranges::find(rooms_, room) != rooms_.end(); }
    std::string text() {
        static const std::vector<std::string> words{"one",   "two",    "station", "北京大学",
                                                    "Äpfel", "status", "it's",    "😀"};
        std::string text = any(words);
        for (std::uint64_t i = up_to(4); i > 0; --i) text += ' ' + any(words);
        return text;
    }

    Id join() {
        users_.push_back(world_.join("U"));
        return users_.back();
    }
    void rename(const Id& user) {
        names_[user] = "Name " + std::to_string(up_to(1000));
        world_.append(UserChanged{user, names_[user], {}, {}, {}});
    }
    void make_room() { rooms_.push_back(world_.make_room(users_[0])); }

    void step() {
        const std::uint64_t what = up_to(99);
        if (what < 55) return post();
        if (what < 65) return edit();
        if (what < 73) return remove();
        if (what < 90) return boost();
        if (what < 94) return rename(any(users_));
        if (what < 96) return make_room();
        if (what < 97 && rooms_.size() > 2) return delete_room();
        rename(join());
    }
    void post() {
        ModelMessage message;
        message.room = any(rooms_);
        message.creator = any(users_);
        message.content = text();
        if (up_to(3) == 0) message.mentions = {any(users_), any(users_)};
        const auto receipt = world_.say(message.room, message.creator, message.content, message.mentions);
        message.id = message.text_event = receipt.event_id;
        message.sequence = receipt.global_sequence;
        messages_.push_back(message);
    }
    void edit() {
        ModelMessage* const message = any_message();
        if (message == nullptr) return;
        message->content = text();
        message->mentions.clear();
        const auto receipt =
            world_.append(MessageEdited{message->room, message->id, message->creator, message->content, {}});
        message->edited_at = receipt.time;
        message->changed = receipt.global_sequence;
        message->text_event = receipt.event_id;
    }
    void remove() {
        ModelMessage* const message = any_message();
        if (message == nullptr) return;
        message->deleted = true;
        message->changed = world_.append(MessageDeleted{message->room, message->id, any(users_)}).global_sequence;
    }
    void boost() {
        ModelMessage* const message = any_message();
        if (message == nullptr) return;
        const std::pair<Id, std::string> one{any(users_), up_to(1) == 0 ? "+1" : "😀"};
        const bool there = std::ranges::find(message->boosts, one) != message->boosts.end();
        if (up_to(2) == 0) {
            const auto receipt = world_.append(Unboosted{message->room, message->id, one.first, one.second});
            if (!there) return;
            std::erase(message->boosts, one);
            message->changed = receipt.global_sequence;
        } else {
            const auto receipt = world_.append(Boosted{message->room, message->id, one.first, one.second});
            if (there) return;
            message->boosts.push_back(one);
            message->changed = receipt.global_sequence;
        }
    }
    void delete_room() {
        const auto room = rooms_.begin() + static_cast<std::ptrdiff_t>(up_to(rooms_.size() - 1));
        world_.append(RoomDeleted{*room, users_[0]});
        gone_.push_back(*room);
        rooms_.erase(room);
    }

    void restart() {
        ++restarts;
        projection_.reset();
        const log::Path file = world_.file();
        const log::Path copy = world_.folder() / "copy.db";
        switch (up_to(7)) {
            case 0: std::filesystem::remove(file); break;
            case 1: std::filesystem::resize_file(file, up_to(std::filesystem::file_size(file))); break;
            case 2: std::ofstream{file, std::ios::trunc} << "no database"; break;
            case 3: std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing); break;
            case 4:
                if (std::filesystem::exists(copy)) std::filesystem::rename(copy, file);
                break;
            case 5: std::ofstream{log::Path{file} += ".trust", std::ios::trunc} << "another start"; break;
            case 6: world_.open_store(); break;
            default: break;
        }
        projection_ = world_.open();
    }

    std::vector<const ModelMessage*> shown(const Id& room) const {
        std::vector<const ModelMessage*> found;
        for (const ModelMessage& message : messages_) {
            if (message.room == room && !message.deleted) found.push_back(&message);
        }
        return found;
    }
    void same(const ShownMessage& is, const ModelMessage& must) {
        REQUIRE(is.id == must.id);
        REQUIRE(is.room == must.room);
        REQUIRE(is.creator == must.creator);
        REQUIRE(is.creator_name == names_[must.creator]);
        REQUIRE(is.content == must.content);
        REQUIRE(is.sequence == must.sequence);
        REQUIRE(is.edited_at == must.edited_at);
        REQUIRE(is.mentions == must.mentions);
        REQUIRE(is.boosts.size() == must.boosts.size());
        for (std::size_t i = 0; i < is.boosts.size(); ++i) {
            REQUIRE(is.boosts[i].creator == must.boosts[i].first);
            REQUIRE(is.boosts[i].creator_name == names_[must.boosts[i].first]);
            REQUIRE(is.boosts[i].content == must.boosts[i].second);
        }
    }
    void same(const std::vector<ShownMessage>& are, const std::vector<const ModelMessage*>& must) {
        REQUIRE(are.size() == must.size());
        for (std::size_t i = 0; i < are.size(); ++i) same(are[i], *must[i]);
    }

    void check() {
        ++checks;
        REQUIRE(reaches(*projection_, world_.store().size()));
        for (const Id& room : rooms_) check_room(room);
        for (const Id& room : gone_) {
            REQUIRE(projection_->page(room, Side::newest, {}, 10).value()->messages.empty());
        }
        for (int i = 0; i < 20 && !messages_.empty(); ++i) check_message(any(messages_));
        for (const char* const query : {"one", "stat*", "\"one two\"", "北京", "学", "apfel one"}) check_search(query);
    }
    void check_message(const ModelMessage& message) {
        const auto found = projection_->message(message.id).value();
        REQUIRE(found.has_value() == (!message.deleted && is_there(message.room)));
        if (found) same(*found, message);
        if (found) REQUIRE(projection_->event_of(message.id).value() == message.text_event);
    }
    void check_room(const Id& room) {
        const auto all = shown(room);
        const std::vector last(all.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(all.size(), 50)),
                               all.end());
        same(projection_->page(room, Side::newest, {}, 50).value()->messages, last);
        same(projection_->missed(room, std::nullopt).value().messages, last);
        if (!messages_.empty()) {
            const ModelMessage& seen = any(messages_);
            const auto missed = projection_->missed(room, seen.id).value();
            seen.room == room ? check_missed(missed, room, seen.sequence + 1) : same(missed.messages, last);
        }
        const std::uint64_t position = up_to(world_.store().size());
        check_missed(projection_->since(room, position).value(), room, position);
        check_unread(room, all, position);
    }
    void check_missed(const Projection::Missed& missed, const Id& room, std::uint64_t next) {
        std::vector<const ModelMessage*> later;
        std::vector<const ModelMessage*> updated;
        std::vector<Id> removed;
        for (const ModelMessage& message : messages_) {
            if (message.room != room) continue;
            if (message.sequence >= next) {
                if (!message.deleted) later.push_back(&message);
            } else if (message.changed >= next) {
                message.deleted ? removed.push_back(message.id) : updated.push_back(&message);
            }
        }
        REQUIRE(missed.complete);
        same(missed.messages, later);
        same(missed.updated, updated);
        REQUIRE(missed.removed == removed);
    }
    void check_unread(const Id& room, const std::vector<const ModelMessage*>& all, std::uint64_t seen) {
        const Id& user = any(users_);
        const auto unread = projection_->unread(room, user, seen).value();
        std::uint64_t count = 0;
        std::uint64_t mentions = 0;
        for (const ModelMessage* const message : all) {
            if (message->sequence <= seen || message->creator == user) continue;
            ++count;
            mentions += std::ranges::count(message->mentions, user) > 0 ? 1 : 0;
        }
        REQUIRE(unread.count == count);
        REQUIRE(unread.mentions == mentions);
    }
    void check_search(std::string_view query) {
        std::vector<Id> mine;
        for (std::uint64_t i = up_to(rooms_.size()); i > 0; --i) mine.push_back(any(rooms_));
        if (!gone_.empty()) mine.push_back(any(gone_));
        const auto found = projection_->search(query, mine, 30).value().value();
        std::vector<const ModelMessage*> must;
        for (auto one = messages_.rbegin(); one != messages_.rend() && must.size() < 30; ++one) {
            if (one->deleted || !is_there(one->room) || std::ranges::find(mine, one->room) == mine.end()) continue;
            if (!highlights(one->content, query).empty()) must.push_back(&*one);
        }
        REQUIRE(found.size() == must.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            same(found[i].message, *must[i]);
            REQUIRE(found[i].highlights == highlights(must[i]->content, query));
        }
    }

    std::mt19937_64 engine_;
    World world_;
    std::unique_ptr<Projection> projection_;
    std::vector<Id> users_;
    std::vector<Id> rooms_;
    std::vector<Id> gone_;
    std::map<Id, std::string> names_;
    std::vector<ModelMessage> messages_;
};

std::optional<std::uint64_t> number_from(const char* variable) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? std::nullopt : std::optional{std::strtoull(text, nullptr, 10)};
}

}  // namespace

TEST_CASE("whatever happens to the tables, they are what the model says") {
    const auto seed = number_from("STATION_TEST_SEED");
    const std::uint64_t first = seed.value_or(1);
    const std::uint64_t count = number_from("STATION_TEST_COUNT").value_or(seed ? 1 : 25);
    std::uint64_t restarts = 0;
    std::uint64_t checks = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        INFO("STATION_TEST_SEED=" << first + i);
        ChatHistory history{first + i};
        history.run();
        restarts += history.restarts;
        checks += history.checks;
    }
    std::cout << count << " histories: " << checks << " comparisons, " << restarts << " restarts\n";
    CHECK(checks > count);
}
