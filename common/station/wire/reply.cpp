#include <station/wire/json_writer.hpp>
#include <station/wire/reply.hpp>

namespace station::wire {

Reply accepted() { return {R"({"status":"accepted"})"}; }
Reply ok() { return {R"({"status":"ok"})"}; }
Reply ok(std::int64_t balance) { return {R"({"status":"ok","balance":)" + std::to_string(balance) + "}"}; }
Reply rejected_server_busy() { return {R"({"status":"rejected","reason":"server_busy"})"}; }
Reply rejected_shutting_down() { return {R"({"status":"rejected","reason":"shutting_down"})", true}; }
Reply error_line_too_long() { return {R"({"status":"error","reason":"line_too_long"})", true}; }
Reply error_balance_overflow() { return {R"({"status":"error","reason":"balance_overflow"})"}; }

Reply error(const RequestError& why) {
    if (why.reason == RequestError::Reason::invalid_json) return {R"({"status":"error","reason":"invalid_json"})"};
    Reply reply;
    JsonWriter(reply.text)
        .begin_object()
        .member("status", "error")
        .member("reason", "invalid_event")
        .member("detail", why.detail)
        .end_object();
    return reply;
}

}  // namespace station::wire
