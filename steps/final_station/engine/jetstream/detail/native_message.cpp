#include "native_message.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace station::jetstream {
namespace {

// libnats takes a field without a value for one whose value is the next line, name and all. Of ours, whose values
// have no colons, that can be seen, and mended.
void add_field(std::string_view name, std::string_view value, FieldViews& fields) {
    const auto colon = value.find(": ");
    const bool is_ours = name == kIdField || name.starts_with("Station-");
    if (!is_ours || colon == std::string_view::npos) {
        fields.emplace_back(name, value);
        return;
    }
    fields.emplace_back(name, std::string_view{});
    fields.emplace_back(value.substr(0, colon), value.substr(colon + 2));
}

natsMsg* writable(const natsMsg& message) { return const_cast<natsMsg*>(&message); }  // libnats parses when asked

}  // namespace

std::string new_inbox() {
    natsInbox* inbox = nullptr;
    if (natsInbox_Create(&inbox) != NATS_OK) throw std::bad_alloc{};
    std::string text{inbox};
    natsInbox_Destroy(inbox);
    return text;
}

std::string_view next_token(std::string_view& subject) {
    const auto dot = std::min(subject.find('.'), subject.size());
    const std::string_view token = subject.substr(0, dot);
    subject.remove_prefix(std::min(dot + 1, subject.size()));
    return token;
}

std::error_code send(const Connection& connection, natsMsg& message) {
    auto* const nats = static_cast<natsConnection*>(connection.native());
    if (!connection.is_connected()) return Errc::unavailable;
    return natsConnection_PublishMsg(nats, &message) == NATS_OK ? std::error_code{} : Errc::unavailable;
}

std::error_code send(const Connection& connection, const std::string& subject, const std::string& reply,
                     std::string_view body) {
    natsMsg* native = nullptr;
    const auto status = natsMsg_Create(&native, subject.c_str(), reply.empty() ? nullptr : reply.c_str(), body.data(),
                                       static_cast<int>(body.size()));
    if (status != NATS_OK) throw std::bad_alloc{};
    const NativeMessage message{native};
    return send(connection, *message);
}

void fields_of(const natsMsg& message, FieldViews& fields) {
    fields.clear();
    const char** names = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(writable(message), &names, &count) != NATS_OK) return;
    for (int i = 0; i < count; ++i) {
        const char** values = nullptr;
        int values_count = 0;
        if (natsMsgHeader_Values(writable(message), names[i], &values, &values_count) != NATS_OK) continue;
        if (values_count > 0) add_field(names[i], values[values_count - 1], fields);
        std::free(static_cast<void*>(values));
    }
    std::free(static_cast<void*>(names));
}

std::string_view status_of(const natsMsg& message) {
    const char* status = nullptr;
    return natsMsgHeader_Get(writable(message), "Status", &status) == NATS_OK && status != nullptr
               ? std::string_view{status}
               : std::string_view{};
}

std::string_view body_of(const natsMsg& message) {
    const int size = natsMsg_GetDataLength(&message);
    return size <= 0 ? std::string_view{} : std::string_view{natsMsg_GetData(&message), static_cast<std::size_t>(size)};
}

}  // namespace station::jetstream
