#include <station/net/session.hpp>

namespace station::net {
namespace {

// Replies are sent when all that was read is answered, or when there are this many bytes of them.
constexpr std::size_t kFlushBytes = 65536;

// Answers lines until there is no whole one left or enough to send. True: the connection's last reply is among them.
bool answer(SessionContext& context, const LineServer::Handler& handler, wire::LineBuffer& lines, bool& more) {
    std::string& out = context.replies;
    bool last = false;
    more = false;
    while (!context.stopping.load(std::memory_order_relaxed)) {
        if (out.size() >= kFlushBytes) {
            more = true;
            break;
        }
        const wire::Line line = lines.next();
        if (line.status == wire::LineStatus::incomplete) break;
        const bool too_long = line.status == wire::LineStatus::too_long;
        const wire::Reply reply = too_long ? wire::error_line_too_long() : handler(line.text);
        out += reply.text;
        out += '\n';
        last = last || reply.last;
        if (too_long) break;
    }
    return last;
}

}  // namespace

Awaitable<ReadResult> receive(SessionContext& context, Socket& socket, wire::LineBuffer& lines) {
    context.receiving.insert(&socket);
    const ReadResult result = co_await async_receive(socket, lines);
    context.receiving.erase(&socket);
    co_return result;
}

Awaitable<void> serve(SessionContext& context, const LineServer::Handler& handler, Socket socket) {
    const OpenConnection counted{context};
    wire::LineBuffer lines{context.block, context.max_line};
    bool last = false;
    while (!last && !context.ending) {
        const ReadResult received = co_await receive(context, socket, lines);
        if (received.error) break;
        for (bool more = true; more;) {
            context.replies.clear();
            last = answer(context, handler, lines, more) || last;
            if (context.stopping || co_await async_send(socket, context.replies)) co_return;
        }
    }
    co_await async_close_gently(socket);
}

}  // namespace station::net
