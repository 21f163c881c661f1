#include <catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <station/ledger/outcome/codec.hpp>
#include <station/ledger/wire/hash.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrary_outcome.hpp"
#include "random.hpp"

using namespace station::ledger;
using station::test::any;
using station::test::law;
using station::test::must_hold;

namespace {

using Text = Outcome<std::string>;

const EventId kSomeId = *EventId::from_text("01941f29-7c00-7aaa-9bbb-0123456789ab");

std::string hex_of(const std::vector<std::byte>& bytes) { return to_hex(bytes); }

struct Cents {
    int amount = 0;
    friend bool operator==(const Cents&, const Cents&) = default;
};
void to_json(nlohmann::json& json, const Cents& cents) { json = {{"cents", cents.amount}}; }
void from_json(const nlohmann::json& json, Cents& cents) { cents.amount = json.at("cents").get<int>(); }

// [[[… of so many levels, as JSON and as MessagePack.
std::string nested_json(std::size_t levels) {
    return R"({"type":"Ok","data":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}
std::vector<std::byte> nested_pack(std::size_t levels) {
    std::string text =
        "\x82\xa4type\xa2Ok\xa4"
        "data" +
        std::string(levels, '\x91') + "\xc0";
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("an outcome comes back from JSON and from MessagePack as it was") {
    CHECK(law("JSON", [] {
        const auto outcome = any<Outcome<int>>();
        const auto back = outcome_from_json<int>(outcome_to_json(outcome));
        must_hold(back.has_value());
        must_hold(*back == outcome);
    }));
    CHECK(law("MessagePack", [] {
        const auto outcome = any<Outcome<int>>();
        const auto back = outcome_from_pack<int>(outcome_to_pack(outcome));
        must_hold(back.has_value());
        must_hold(*back == outcome);
    }));
    CHECK(law("a product's own type", [] {
        const auto amount = any<int>();
        const auto outcome = Outcome<Cents>::ok({amount});
        must_hold(outcome_from_json<Cents>(outcome_to_json(outcome)).value() == outcome);
        must_hold(outcome_from_pack<Cents>(outcome_to_pack(outcome)).value() == outcome);
    }));
}

TEST_CASE("an outcome's form is fixed") {
    OutcomeError error{ErrorKind::timeout, "late"};
    error.compensation = CompensationAction{CompensationAction::Rollback{{kSomeId}}};
    const Text pending =
        Text::pending({WaitCondition::Any{{{WaitCondition::Timeout{Milliseconds{1500}}},
                                           {WaitCondition::Custom{7, {std::byte{0xff}, std::byte{0}}}}}}},
                      kSomeId);
    CHECK(outcome_to_json(Text::ok("yes")) == R"({"type":"Ok","data":"yes"})");
    CHECK(outcome_to_json(Text::error(error)) ==
          R"({"type":"Err","data":{"kind":"Timeout","message":"late",)"
          R"("compensation":{"Rollback":{"event_ids":["01941f29-7c00-7aaa-9bbb-0123456789ab"]}},"retryable":true}})");
    CHECK(outcome_to_json(Text::error(ErrorKind::custom(7), "")) ==
          R"({"type":"Err","data":{"kind":{"Custom":7},"message":"","compensation":null,"retryable":false}})");
    CHECK(outcome_to_json(Text::retry({Milliseconds{250}, 2, 5, "busy"})) ==
          R"({"type":"Retry","data":{"after_ms":250,"attempt":2,"max_attempts":5,"reason":"busy"}})");
    CHECK(outcome_to_json(pending) ==
          R"({"type":"Pending","data":{"condition":{"Any":[{"Timeout":{"resume_at_ms":1500}},)"
          R"({"Custom":{"tag":7,"data":"/wA="}}]},"resume_token":"01941f29-7c00-7aaa-9bbb-0123456789ab"}})");
    CHECK(outcome_to_json(Text::batch({Text::cancelled("no"), Text::batch({})})) ==
          R"({"type":"Batch","data":[{"type":"Cancelled","data":{"reason":"no"}},{"type":"Batch","data":[]}]})");
    // Ids and bytes are bin: c4 10 … and c4 02 ff 00.
    CHECK(hex_of(outcome_to_pack(pending)) ==
          "82a474797065a750656e64696e67a46461746182a9636f6e646974696f6e81a3416e799281a754696d656f757481ac726573756d65"
          "5f61745f6d73cd05dc81a6437573746f6d82a374616707a464617461c402ff00ac726573756d655f746f6b656ec41001941f297c00"
          "7aaa9bbb0123456789ab");
}

TEST_CASE("what is no outcome says why") {
    const auto wrong = [](std::string_view json) { return outcome_from_json<int>(json).error().where; };
    CHECK(wrong("") == "no JSON");
    CHECK(wrong("{} {}") == "no JSON");
    CHECK(wrong("[]") == "\"type\" is missing");
    CHECK(wrong(R"({"type":"Ok"})") == "\"data\" is missing");
    CHECK(wrong(R"({"type":"Good","data":1})") == "no outcome's type: \"Good\"");
    CHECK(wrong(R"({"type":"Batch","data":{}})") == "an array is wanted where there is object");
    CHECK(wrong(R"({"type":"Cancelled","data":{"reason":1}})") == "a string is wanted where there is number");
    CHECK(wrong(R"({"type":"Retry","data":{"after_ms":-1,"attempt":1,"max_attempts":1,"reason":""}})") ==
          "a number from 0 to 18446744073709551615 is wanted");
    CHECK(wrong(R"({"type":"Retry","data":{"after_ms":1,"attempt":4294967296,"max_attempts":1,"reason":""}})") ==
          "a number from 0 to 4294967295 is wanted");
    CHECK(wrong(R"({"type":"Pending","data":{"condition":{"Any":[]},"resume_token":"7"}})") == "an id is a UUID");
    CHECK(wrong(R"({"type":"Pending","data":{"condition":{},"resume_token":""}})") ==
          "one member is wanted where there is object");
    CHECK(wrong(R"({"type":"Pending","data":{"condition":{"Custom":{"tag":1,"data":"?"}},"resume_token":""}})") ==
          "base64 is wanted");
    CHECK(wrong(R"({"type":"Err","data":{"kind":"Custom","message":"","retryable":true}})") ==
          "no kind of errors: \"Custom\"");
    CHECK(wrong(R"({"type":"Err","data":{"kind":"Timeout","message":"","retryable":1}})") ==
          "\"retryable\" is true or false");
    CHECK(outcome_from_json<int>(R"({"type":"Ok","data":"seven"})").error().code == Errc::bad_payload);
    CHECK(outcome_from_pack<int>({}).error().where == "no MessagePack");
    // An id in JSON's form is none in MessagePack.
    nlohmann::json text = {{"type", "Pending"},
                           {"data",
                            {{"condition", {{"Any", nlohmann::json::array()}}}, {"resume_token", kSomeId.to_text()}}}};
    const auto pack = nlohmann::json::to_msgpack(text);
    CHECK(outcome_from_pack<int>(std::as_bytes(std::span{pack})).error().where == "bin is wanted");
}

TEST_CASE("what later versions add to an outcome is passed over, and the order does not count") {
    CHECK(outcome_from_json<int>(R"({"data":{"reason":"no","by":"x"},"more":1,"type":"Cancelled"})").value() ==
          Outcome<int>::cancelled("no"));
    CHECK(outcome_from_json<int>(R"({"type":"Err","data":{"kind":"Conflict","message":"","retryable":false}})")
              .value()
              .is_error());
}

TEST_CASE("an outcome that is nested too deeply is refused, whatever there is of it") {
    using Any = nlohmann::ordered_json;
    CHECK(outcome_from_json<Any>(nested_json(63)).has_value());
    CHECK(outcome_from_json<Any>(nested_json(64)).error().where == "deeper than 64 levels");
    CHECK(outcome_from_json<Any>(nested_json(1'000'000)).error().where == "deeper than 64 levels");
    CHECK(outcome_from_pack<Any>(nested_pack(63)).has_value());
    CHECK(outcome_from_pack<Any>(nested_pack(64)).error().where == "deeper than 64 levels");
    CHECK(outcome_from_pack<Any>(nested_pack(1'000'000)).error().where == "deeper than 64 levels");
    // A length that nothing follows.
    std::string huge = "\xdd\xff\xff\xff\xff";
    CHECK(outcome_from_pack<Any>(std::as_bytes(std::span{huge})).error().where == "no MessagePack");
}

TEST_CASE("bytes from strangers make an outcome or an error") {
    station::test::Random random;
    INFO(random.how_to_repeat());
    const Text source = Text::batch({Text::pending({WaitCondition::All{{{WaitCondition::Event{kSomeId}}}}}, kSomeId),
                                     Text::error(ErrorKind::custom(9), "wrong"), Text::ok("yes")});
    const std::string json = outcome_to_json(source);
    const std::vector<std::byte> pack = outcome_to_pack(source);
    int taken = 0;
    int changed = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::string text = json;
        std::vector<std::byte> bytes = pack;
        for (std::uint64_t changes = random.between(1, 3); changes > 0; --changes) {
            text[random.index(text.size())] = static_cast<char>(random.between(0, 255));
            bytes[random.index(bytes.size())] = static_cast<std::byte>(random.between(0, 255));
        }
        bytes.resize(random.chance(0.2) ? random.index(bytes.size()) : bytes.size());
        const auto from_text = outcome_from_json<std::string>(text);
        const auto from_bytes = outcome_from_pack<std::string>(bytes);
        // What is taken can be written again, and is then the same.
        if (from_text && outcome_from_json<std::string>(outcome_to_json(*from_text)).value() != *from_text) ++changed;
        if (from_bytes && outcome_from_pack<std::string>(outcome_to_pack(*from_bytes)).value() != *from_bytes)
            ++changed;
        if (from_text && from_bytes) ++taken;
    }
    CHECK(changed == 0);
    CHECK(taken > 0);
}
