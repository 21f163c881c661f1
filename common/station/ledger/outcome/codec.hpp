// Outcomes as JSON and as MessagePack, for who stores or sends them: this header alone needs nlohmann's JSON, of which
// T is converted from and to (its to_json and from_json, or T is a JSON value itself).
//
//   {"type":"Ok","data":…}
//   {"type":"Err","data":{"kind":"NotFound" or {"Custom":7},"message":"…","compensation":null or …,
//                         "retryable":false}}
//   {"type":"Retry","data":{"after_ms":…,"attempt":…,"max_attempts":…,"reason":"…"}}
//   {"type":"Pending","data":{"condition":…,"resume_token":id}}
//   {"type":"Cancelled","data":{"reason":"…"}}
//   {"type":"Batch","data":[…]}
//
//   condition     {"Timeout":{"resume_at_ms":…}}   {"Event":{"event_id":id}}   {"All":[…]}   {"Any":[…]}
//                 {"Custom":{"tag":…,"data":bytes}}
//   compensation  {"Rollback":{"event_ids":[id,…]}}   {"Notify":{"target_id":id,"message":"…"}}
//                 {"Release":{"resource_ids":[id,…]}}   {"Custom":{"action_type":"…","data":bytes}}
//
// An id is a UUID's text in JSON and 16 bytes of bin in MessagePack; bytes are base64 and bin. Members that are not
// known are passed over. Any thread.
#pragma once

#include <concepts>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <station/ledger/error.hpp>
#include <station/ledger/outcome/outcome.hpp>
#include <station/log/bytes.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace station::ledger {

using log::Bytes;

namespace detail {

using Json = nlohmann::ordered_json;

std::string write_json(const Outcome<Json>& outcome);
std::vector<std::byte> write_pack(const Outcome<Json>& outcome);
Result<Outcome<Json>> read_json(std::string_view text);
Result<Outcome<Json>> read_pack(Bytes pack);

template <typename T>
Outcome<Json> to_json_values(const Outcome<T>& outcome) {
    return outcome.map([](const T& value) {
        if constexpr (std::constructible_from<Json, const T&>) {
            return Json(value);
        } else {
            return Json(nlohmann::json(value));
        }
    });
}

template <typename T>
Result<Outcome<T>> from_json_values(Result<Outcome<Json>> read) {
    if (!read) return tl::unexpected(std::move(read).error());
    try {
        return std::move(*read).map([](Json&& value) {
            if constexpr (requires { value.template get<T>(); }) {
                return value.template get<T>();
            } else {
                return nlohmann::json(std::move(value)).template get<T>();
            }
        });
    } catch (const nlohmann::json::exception& wrong) {
        return failed(Errc::bad_payload, wrong.what());
    }
}

}  // namespace detail

// Compact. Strings that are not UTF-8 get U+FFFD for what is not.
template <typename T>
std::string outcome_to_json(const Outcome<T>& outcome) {
    return detail::write_json(detail::to_json_values(outcome));
}
template <typename T>
std::vector<std::byte> outcome_to_pack(const Outcome<T>& outcome) {
    return detail::write_pack(detail::to_json_values(outcome));
}

// Errc::bad_payload, with what is wrong: no JSON, deeper than 64 levels, no outcome, or one of something else than T.
template <typename T>
Result<Outcome<T>> outcome_from_json(std::string_view text) {
    return detail::from_json_values<T>(detail::read_json(text));
}
template <typename T>
Result<Outcome<T>> outcome_from_pack(Bytes pack) {
    return detail::from_json_values<T>(detail::read_pack(pack));
}

}  // namespace station::ledger
