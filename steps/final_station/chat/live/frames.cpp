#include "frames.hpp"

#include <initializer_list>
#include <station/net/websocket.hpp>
#include <station/wire/json.hpp>

namespace station::chat {
namespace {

std::string text_frame(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::string frame;
    frame.reserve(net::WebSocket::kMaxHeader + size);
    net::WebSocket::put_header(frame, net::Opcode::text, size);
    for (const std::string_view part : parts) frame += part;
    return frame;
}

std::string in_quotes(std::string_view text) { return '"' + wire::escape_json(text) + '"'; }
std::string_view word(bool value) { return value ? "true" : "false"; }

}  // namespace

std::string welcome_frame(const User& me) {
    return text_frame({R"({"type":"welcome","me":{"id":")", me.id.to_text(), R"(","name":)", in_quotes(me.name),
                       R"(,"login":)", in_quotes(me.login), R"(,"role":")", name_of(me.role), R"("}})"});
}

std::string message_frame(std::string_view json) { return text_frame({R"({"type":"message","message":)", json, "}"}); }
std::string updated_frame(std::string_view json) { return text_frame({R"({"type":"updated","message":)", json, "}"}); }

std::string removed_frame(const Id& room, const Id& message) {
    return text_frame({R"({"type":"removed","room":")", room.to_text(), R"(","id":")", message.to_text(), R"("})"});
}

std::string ack_frame(std::string_view client_message_id, std::string_view json, bool duplicate) {
    return text_frame({R"({"type":"ack","client_message_id":)", in_quotes(client_message_id), R"(,"message":)", json,
                       R"(,"duplicate":)", word(duplicate), "}"});
}

std::string room_frame(std::string_view json) { return text_frame({R"({"type":"room","room":)", json, "}"}); }

std::string room_removed_frame(std::string_view room) {
    return text_frame({R"({"type":"room_removed","room":)", in_quotes(room), "}"});
}

std::string unread_frame(const Id& room, const Projection::Unread& unread) {
    return text_frame({R"({"type":"unread","room":")", room.to_text(), R"(","count":)", std::to_string(unread.count),
                       R"(,"mentions":)", std::to_string(unread.mentions), "}"});
}

std::string typing_frame(const Id& room, const Id& user, bool on) {
    return text_frame(
        {R"({"type":"typing","room":")", room.to_text(), R"(","user":")", user.to_text(), R"(","on":)", word(on), "}"});
}

std::string presence_frame(std::span<const std::pair<Id, bool>> users) {
    std::string list;
    for (const auto& [id, online] : users) {
        if (!list.empty()) list += ',';
        list.append(R"({"id":")").append(id.to_text()).append(R"(","online":)").append(word(online)).append("}");
    }
    return text_frame({R"({"type":"presence","users":[)", list, "]}"});
}

std::string error_frame(const Refusal& why, const std::optional<std::string>& client_message_id) {
    const std::string again = why.retry_after > 0 ? R"(,"retry_after":)" + std::to_string(why.retry_after) : "";
    return text_frame({R"({"type":"error","reason":)", in_quotes(why.reason), R"(,"detail":)", in_quotes(why.detail),
                       R"(,"client_message_id":)", client_message_id ? in_quotes(*client_message_id) : "null", again,
                       "}"});
}

std::string error_frame(std::string_view reason, std::string_view detail,
                        const std::optional<std::string>& client_message_id) {
    return error_frame(Refusal{std::string{reason}, std::string{detail}}, client_message_id);
}

std::string pong_frame() { return text_frame({R"({"type":"pong"})"}); }

Outbox missed_frames(const Id& room, const Projection::Missed& missed, bool announced) {
    Outbox frames;
    if (announced) {
        frames.add(text_frame({R"({"type":"missed","room":")", room.to_text(), R"(","count":)",
                               std::to_string(missed.messages.size()), R"(,"complete":)", word(missed.complete), "}"}));
    }
    for (const ShownMessage& message : missed.messages) frames.add(message_frame(to_json(message)));
    for (const ShownMessage& message : missed.updated) frames.add(updated_frame(to_json(message)));
    for (const Id& message : missed.removed) frames.add(removed_frame(room, message));
    return frames;
}

}  // namespace station::chat
