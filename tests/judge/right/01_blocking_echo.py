right("line-by-line", edits=[
    ("""        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete && !error; run = lines.next_run()) {
            asio::write(socket, asio::buffer(run.text), error);
        }
        if (error) return;
        if (run.status == wire::LineStatus::too_long) {
""", """        wire::Line line = lines.next();
        while (line.status == wire::LineStatus::complete) {
            asio::write(socket, asio::buffer(std::string{line.text} + "\\n"), error);
            if (error) return;
            line = lines.next();
        }
        if (line.status == wire::LineStatus::too_long) {
"""),
])

right("bytes-first", edits=[
    ("""        lines.commit(socket.read_some(net::buffer(lines.prepare()), error));
        if (error) return;

        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete && !error; run = lines.next_run()) {
            asio::write(socket, asio::buffer(run.text), error);
        }
        if (error) return;
        if (run.status == wire::LineStatus::too_long) {
            asio::write(socket, asio::buffer(wire::error_line_too_long().text + '\\n'), error);
            return net::close_gently(socket);
        }
""", """        const std::size_t bytes = socket.read_some(net::buffer(lines.prepare()), error);
        if (error) break;
        lines.commit(bytes);
        for (;;) {
            const wire::Line line = lines.next();
            if (line.status == wire::LineStatus::too_long) {
                const auto why = wire::error_line_too_long();
                asio::write(socket, asio::buffer(why.text + "\\n"), error);
                net::close_gently(socket);
                return;
            }
            if (line.status != wire::LineStatus::complete) break;
            std::string reply{line.text};
            reply.push_back('\\n');
            if (asio::write(socket, asio::buffer(reply), error) != reply.size()) return;
        }
"""),
])
