#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <station/base/base64.hpp>
#include <station/ledger/outcome/codec.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace station::ledger::detail {
namespace {

enum class Form { json, pack };

constexpr int kDeepestOutcome = 64;

// Its parser calls itself for each level of MessagePack, and so do copies of what it makes of JSON: looked at first.
class DepthCheck : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool key(string_t&) override { return true; }
    bool start_object(std::size_t) override { return ++depth_ <= kDeepestOutcome; }
    bool end_object() override { return depth_-- > 0; }
    bool start_array(std::size_t) override { return ++depth_ <= kDeepestOutcome; }
    bool end_array() override { return depth_-- > 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

    bool is_too_deep() const { return depth_ > kDeepestOutcome; }

  private:
    int depth_ = 0;
};

class OutcomeWriter {
  public:
    explicit OutcomeWriter(Form form) : form_(form) {}

    Json write(const Outcome<Json>& outcome) const {
        if (const Json* const value = outcome.if_ok()) return tagged("Ok", *value);
        if (const OutcomeError* const error = outcome.if_error()) return tagged("Err", write(*error));
        if (const Retry* const retry = outcome.if_retry()) {
            return tagged("Retry", {{"after_ms", retry->after.count()},
                                    {"attempt", retry->attempt},
                                    {"max_attempts", retry->max_attempts},
                                    {"reason", retry->reason}});
        }
        if (const Pending* const pending = outcome.if_pending()) {
            return tagged("Pending",
                          {{"condition", write(pending->condition)}, {"resume_token", id(pending->resume_token)}});
        }
        if (const Cancelled* const cancelled = outcome.if_cancelled()) {
            return tagged("Cancelled", {{"reason", cancelled->reason}});
        }
        return tagged("Batch", list(*outcome.if_batch(), [this](const Outcome<Json>& part) { return write(part); }));
    }

  private:
    static Json tagged(std::string_view type, Json data) {
        Json json = Json::object();
        json["type"] = type;
        json["data"] = std::move(data);
        return json;
    }
    static Json named(const char* name, Json value) {
        Json json = Json::object();
        json[name] = std::move(value);
        return json;
    }
    template <typename T, typename F>
    static Json list(const std::vector<T>& parts, F each) {
        Json json = Json::array();
        for (const T& part : parts) json.push_back(each(part));
        return json;
    }

    Json bytes(Bytes bytes) const {
        if (form_ == Form::json) return base::base64(log::as_text(bytes));
        const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return Json::binary(std::vector<std::uint8_t>(first, first + bytes.size()));
    }
    Json id(const EventId& id) const { return form_ == Form::json ? Json(id.to_text()) : bytes(id.bytes()); }
    Json ids(const std::vector<EventId>& ids) const {
        return list(ids, [this](const EventId& one) { return id(one); });
    }

    Json write(const OutcomeError& error) const {
        const auto code = error.kind.code();
        return {{"kind", code ? named("Custom", *code) : Json(error.kind.name())},
                {"message", error.message},
                {"compensation", error.compensation ? write(*error.compensation) : Json()},
                {"retryable", error.retryable}};
    }

    Json write(const WaitCondition& condition) const {
        const auto all_of = [this](const std::vector<WaitCondition>& conditions) {
            return list(conditions, [this](const WaitCondition& one) { return write(one); });
        };
        return std::visit(
            [&]<typename Kind>(const Kind& one) -> Json {
                if constexpr (std::is_same_v<Kind, WaitCondition::Timeout>) {
                    return named("Timeout", {{"resume_at_ms", one.resume_at.count()}});
                } else if constexpr (std::is_same_v<Kind, WaitCondition::Event>) {
                    return named("Event", {{"event_id", id(one.event_id)}});
                } else if constexpr (std::is_same_v<Kind, WaitCondition::All>) {
                    return named("All", all_of(one.conditions));
                } else if constexpr (std::is_same_v<Kind, WaitCondition::Any>) {
                    return named("Any", all_of(one.conditions));
                } else {
                    return named("Custom", {{"tag", one.tag}, {"data", bytes(one.data)}});
                }
            },
            condition.what);
    }

    Json write(const CompensationAction& action) const {
        return std::visit(
            [&]<typename Kind>(const Kind& one) -> Json {
                if constexpr (std::is_same_v<Kind, CompensationAction::Rollback>) {
                    return named("Rollback", {{"event_ids", ids(one.event_ids)}});
                } else if constexpr (std::is_same_v<Kind, CompensationAction::Notify>) {
                    return named("Notify", {{"target_id", id(one.target_id)}, {"message", one.message}});
                } else if constexpr (std::is_same_v<Kind, CompensationAction::Release>) {
                    return named("Release", {{"resource_ids", ids(one.resource_ids)}});
                } else {
                    return named("Custom", {{"action_type", one.action_type}, {"data", bytes(one.data)}});
                }
            },
            action.what);
    }

    Form form_;
};

// After the first thing that is not what was asked for, wrong() says what, and all that is read is empty.
class OutcomeReader {
  public:
    explicit OutcomeReader(Form form) : form_(form) {}

    const std::string& wrong() const { return wrong_; }

    Outcome<Json> outcome(const Json& json) {
        using Read = Outcome<Json>;
        const std::string type = text(member(json, "type"));
        const Json& data = member(json, "data");
        if (type == "Ok") return Read::ok(data);
        if (type == "Err") return Read::error(error(data));
        if (type == "Retry") {
            return Read::retry({Milliseconds{number<std::uint64_t>(member(data, "after_ms"))},
                                number<std::uint32_t>(member(data, "attempt")),
                                number<std::uint32_t>(member(data, "max_attempts")), text(member(data, "reason"))});
        }
        if (type == "Pending") {
            WaitCondition wanted = condition(member(data, "condition"));
            return Read::pending(std::move(wanted), id(member(data, "resume_token")));
        }
        if (type == "Cancelled") return Read::cancelled(text(member(data, "reason")));
        if (type == "Batch") return Read::batch(list(data, &OutcomeReader::outcome));
        fail("no outcome's type: \"" + type + "\"");
        return Read::cancelled({});
    }

  private:
    void fail(std::string what) {
        if (wrong_.empty()) wrong_ = std::move(what);
    }

    const Json& member(const Json& json, const char* name) {
        static const Json nothing;
        const auto found = json.is_object() ? json.find(name) : json.end();
        if (json.is_object() && found != json.end()) return *found;
        fail(std::string{"\""} + name + "\" is missing");
        return nothing;
    }
    // {"Custom":…}: the name, and what it names.
    std::pair<std::string, Json> only_member(const Json& json) {
        if (json.is_object() && json.size() == 1) return {json.begin().key(), json.begin().value()};
        fail("one member is wanted where there is " + std::string{json.type_name()});
        return {};
    }
    std::string text(const Json& json) {
        if (json.is_string()) return json.get<std::string>();
        fail("a string is wanted where there is " + std::string{json.type_name()});
        return {};
    }
    template <typename T>
    T number(const Json& json) {
        if (json.is_number_unsigned() && json.get<std::uint64_t>() <= std::numeric_limits<T>::max()) {
            return json.get<T>();
        }
        fail("a number from 0 to " + std::to_string(std::numeric_limits<T>::max()) + " is wanted");
        return 0;
    }
    std::vector<std::byte> bytes(const Json& json) {
        std::optional<std::string> read;
        if (form_ == Form::json) {
            read = base::decode_base64(text(json));
        } else if (json.is_binary() && !json.get_binary().has_subtype()) {
            read.emplace(json.get_binary().begin(), json.get_binary().end());
        }
        if (!read) {
            fail(form_ == Form::json ? "base64 is wanted" : "bin is wanted");
            return {};
        }
        const Bytes view = log::as_bytes(*read);
        return {view.begin(), view.end()};
    }
    EventId id(const Json& json) {
        if (form_ == Form::json) {
            const auto read = EventId::from_text(text(json));
            if (!read) fail("an id is a UUID");
            return read.value_or(EventId{});
        }
        const std::vector<std::byte> read = bytes(json);
        std::array<std::byte, EventId::kSize> id{};
        if (read.size() != id.size()) {
            fail("an id has 16 bytes");
            return {};
        }
        std::ranges::copy(read, id.begin());
        return EventId{id};
    }
    template <typename T>
    std::vector<T> list(const Json& json, T (OutcomeReader::*each)(const Json&)) {
        std::vector<T> parts;
        if (!json.is_array()) fail("an array is wanted where there is " + std::string{json.type_name()});
        if (!json.is_array()) return parts;
        parts.reserve(json.size());
        for (const Json& part : json) parts.push_back((this->*each)(part));
        return parts;
    }

    ErrorKind kind(const Json& json) {
        if (json.is_object()) {
            const auto [name, code] = only_member(json);
            if (name == "Custom") return ErrorKind::custom(number<std::uint16_t>(code));
        }
        const auto known = json.is_string() ? ErrorKind::from_name(text(json)) : std::nullopt;
        if (!known) fail("no kind of errors: " + json.dump(-1, ' ', false, Json::error_handler_t::replace));
        return known.value_or(ErrorKind::internal);
    }

    OutcomeError error(const Json& json) {
        OutcomeError read{kind(member(json, "kind")), text(member(json, "message"))};
        const Json& retryable = member(json, "retryable");
        if (!retryable.is_boolean()) fail("\"retryable\" is true or false");
        read.retryable = retryable.is_boolean() && retryable.get<bool>();
        const bool is_compensated =
            json.is_object() && json.contains("compensation") && !json["compensation"].is_null();
        if (is_compensated) read.compensation = compensation(json["compensation"]);
        return read;
    }

    WaitCondition condition(const Json& json) {
        const auto [name, what] = only_member(json);
        if (name == "Timeout") {
            return {WaitCondition::Timeout{Milliseconds{number<std::uint64_t>(member(what, "resume_at_ms"))}}};
        }
        if (name == "Event") return {WaitCondition::Event{id(member(what, "event_id"))}};
        if (name == "All") return {WaitCondition::All{list(what, &OutcomeReader::condition)}};
        if (name == "Any") return {WaitCondition::Any{list(what, &OutcomeReader::condition)}};
        if (name == "Custom") {
            return {WaitCondition::Custom{number<std::uint16_t>(member(what, "tag")), bytes(member(what, "data"))}};
        }
        fail("no condition: \"" + name + "\"");
        return {WaitCondition::Any{}};
    }

    CompensationAction compensation(const Json& json) {
        const auto [name, what] = only_member(json);
        if (name == "Rollback") {
            return {CompensationAction::Rollback{list(member(what, "event_ids"), &OutcomeReader::id)}};
        }
        if (name == "Notify") {
            return {CompensationAction::Notify{id(member(what, "target_id")), text(member(what, "message"))}};
        }
        if (name == "Release") {
            return {CompensationAction::Release{list(member(what, "resource_ids"), &OutcomeReader::id)}};
        }
        if (name == "Custom") {
            return {CompensationAction::Custom{text(member(what, "action_type")), bytes(member(what, "data"))}};
        }
        fail("no compensation: \"" + name + "\"");
        return {};
    }

    Form form_;
    std::string wrong_;
};

Result<Outcome<Json>> read_outcome(std::string_view input, Form form) {
    using Format = Json::input_format_t;
    const bool is_json = form == Form::json;
    DepthCheck check;
    if (!Json::sax_parse(input, &check, is_json ? Format::json : Format::msgpack)) {
        if (check.is_too_deep()) return failed(Errc::bad_payload, "deeper than 64 levels");
        return failed(Errc::bad_payload, is_json ? "no JSON" : "no MessagePack");
    }
    const Json json = is_json ? Json::parse(input, nullptr, false) : Json::from_msgpack(input, true, false);
    if (json.is_discarded()) return failed(Errc::bad_payload, is_json ? "no JSON" : "no MessagePack");
    OutcomeReader reader{form};
    Outcome<Json> outcome = reader.outcome(json);
    if (!reader.wrong().empty()) return failed(Errc::bad_payload, reader.wrong());
    return outcome;
}

}  // namespace

std::string write_json(const Outcome<Json>& outcome) {
    return OutcomeWriter{Form::json}.write(outcome).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::byte> write_pack(const Outcome<Json>& outcome) {
    const std::vector<std::uint8_t> pack = Json::to_msgpack(OutcomeWriter{Form::pack}.write(outcome));
    const auto bytes = std::as_bytes(std::span{pack});
    return {bytes.begin(), bytes.end()};
}

Result<Outcome<Json>> read_json(std::string_view text) { return read_outcome(text, Form::json); }

Result<Outcome<Json>> read_pack(Bytes pack) { return read_outcome(log::as_text(pack), Form::pack); }

}  // namespace station::ledger::detail
