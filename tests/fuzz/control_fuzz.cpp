// Control texts: a reply with the client's own words in it is JSON, its ref is the ref of the request, and what a
// request says is what nlohmann's parser finds in it.
#include <nlohmann/json.hpp>
#include <station/log/config.hpp>
#include <station/log/publish.hpp>
#include <station/log/topic_pattern.hpp>
#include "server/session/control.hpp"

#include "fuzz.hpp"

using namespace station;
using final_station::Control;
using final_station::control_error;

namespace {

void check_ref(const nlohmann::json& request, const std::string& reply) {
    const auto json = nlohmann::json::parse(reply);
    fuzz::require(json.contains("ref") == request.contains("ref"), "a ref is echoed where there is one");
    fuzz::require(!json.contains("ref") || json["ref"] == request["ref"], "the ref is the one of the request");
}

void check_control(const nlohmann::json& request, const Control& control) {
    check_ref(request, "{\"type\":\"x\"" + final_station::ref_member(control.ref) + "}");
    fuzz::require(request.value("topic", "") == control.topic, "the topic is the one of the request");
    const bool needs_topic = control.type == Control::Type::open || control.type == Control::Type::subscribe ||
                             control.type == Control::Type::unsubscribe || control.type == Control::Type::publish;
    fuzz::require(!needs_topic || log::is_topic_name(control.topic) || !control.topics.empty(),
                  "a topic's name is checked");
    for (const std::string& one : control.topics) fuzz::require(log::is_topic_pattern(one), "a pattern is checked");
    fuzz::require(control.topics.empty() || request["topics"] == control.topics, "the topics are those of the request");
    for (const auto& [topic, offset] : control.offsets) {
        fuzz::require(log::is_topic_name(topic) && request["offsets"].contains(topic), "so are the offsets");
    }
    if (request.contains("payload") && !request.contains("payload_base64")) {
        fuzz::require(request["payload"] == control.payload, "the payload is the one of the request");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    if (size > 4096 || text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) return 0;
    const auto control = final_station::parse_control(text);
    const std::string reply =
        control ? "" : control_error(control.error().reason, control.error().detail, control.error().ref);
    try {
        const auto json = nlohmann::json::parse(text);
        if (control) {
            check_control(json, *control);
        } else if (control.error().reason != "invalid_json" && json.is_object()) {
            check_ref(json, reply);
        }
    } catch (const nlohmann::json::out_of_range&) {
        // 1e999 is JSON, only no double.
    } catch (const nlohmann::json::parse_error&) {
        fuzz::require(!control && control.error().reason == "invalid_json", "what is no JSON is told so");
        fuzz::require(nlohmann::json::accept(reply), "every reply is JSON");
    }
    return 0;
}
