// What comes to an I/O thread, in which order, and who may come in between.
#include <deque>
#include <string>

#include "catch.hpp"
#include "engine/mailbox.hpp"

namespace station::final_station {
namespace {

struct Letter final : Mailbox::Item {
    Letter(std::string& to, char its_text, bool can_wait = false)
        : Mailbox::Item(can_wait ? Haste::can_wait : Haste::answer), all(to), text(its_text) {}
    void arrived() override {
        all += text;
        if (slow) {
            const auto until = Turn::Clock::now() + 2 * Turn::kTime;
            while (Turn::Clock::now() < until) continue;
        }
    }
    std::string& all;
    char text;
    bool slow = false;
};

TEST_CASE("a mailbox delivers in the order of the pushes, and lets others come in between") {
    asio::io_context io{net::kOneThread};
    Mailbox mailbox{io};
    std::string all;
    std::deque<Letter> letters;
    for (const char text : {'a', 'b', 'c', 'd'}) letters.emplace_back(all, text).slow = true;
    for (std::size_t i = 0; i < 3; ++i) mailbox.push(letters[i]);
    io.run_one();
    asio::post(io, [&] { all += '!'; });
    mailbox.push(letters[3]);
    io.poll();
    CHECK(all == "ab!cd");
    CHECK(all.size() == 5);
}

TEST_CASE("a mailbox delivers answers before what can wait, and behind all that was there") {
    asio::io_context io{net::kOneThread};
    Mailbox mailbox{io};
    std::string all;
    std::deque<Letter> letters;
    for (const char text : {'a', 'b', 'c', 'd', 'e'}) letters.emplace_back(all, text, true);
    letters.emplace_back(all, 'A');
    for (Letter& letter : letters) mailbox.push(letter);
    io.run_one();
    CHECK(all == "Aab");
    asio::post(io, [&] { all += '!'; });
    Letter later{all, 'B'};
    mailbox.push(later);
    io.poll();
    CHECK(all == "Aabcd!eB");
}

}  // namespace
}  // namespace station::final_station
