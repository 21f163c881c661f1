LINES = """        wire::Line run = lines.next_run();
        for (; run.status == wire::LineStatus::complete && !error; run = lines.next_run()) {
            asio::write(socket, asio::buffer(run.text), error);
        }
        if (error) return;
"""
TOO_LONG = """        if (run.status == wire::LineStatus::too_long) {
            asio::write(socket, asio::buffer(wire::error_line_too_long().text + '\\n'), error);
            return net::close_gently(socket);
        }
"""

# The zoo's, of step 2.
wrong("one-line-a-read", requirement="any-pieces", cause="two lines in one write come back as two",
      caught="echo-two-lines",
      why="only the first line of each read is answered",
      edits=[(LINES, """        const wire::Line run = lines.next();
        if (run.status == wire::LineStatus::complete) {
            asio::write(socket, asio::buffer(std::string{run.text} + '\\n'), error);
        }
        if (error) return;
""")])
wrong("half-line-dropped", requirement="any-pieces", cause="a line split anywhere comes back whole",
      caught="echo-split",
      why="what one read left unfinished is forgotten",
      edits=[("    wire::LineBuffer lines{max_line};\n", ""),
             ("        lines.commit(", "        wire::LineBuffer lines{max_line};\n        lines.commit(")])

# And more of the kind.
wrong("no-line-end", requirement="echo", cause="after the unfinished line hello", caught="echo-line",
      why="the line comes back without its end",
      edits=[("asio::buffer(run.text), error", "asio::buffer(run.text.substr(0, run.text.size() - 1)), error")])
wrong("bytes-echoed", requirement="echo", cause="a carriage return before the line feed", caught="echo-crlf",
      why="the bytes come back, whatever they are",
      edits=[("""        lines.commit(socket.read_some(net::buffer(lines.prepare()), error));
        if (error) return;
""", """        char bytes[4096];
        const std::size_t count = socket.read_some(asio::buffer(bytes), error);
        if (error) return;
        asio::write(socket, asio::buffer(bytes, count), error);
        continue;
""")])
wrong("answered-once", requirement="echo", cause="expected line 2, but came the end of the connection",
      caught="echo-one-by-one",
      why="a client gets one answer, then the connection ends",
      edits=[("        if (error) return;\n        if (run.status", "        return;\n        if (run.status")])
wrong("too-long-is-cut", requirement="too-long", cause="a reset of the connection", caught="echo-far-too-long",
      why="the connection is cut behind the answer to a line that is too long: who still sends does not get to read it",
      edits=[("            return net::close_gently(socket);\n",
              """            socket.set_option(asio::socket_base::linger(true, 0), error);
            return;
""")])
wrong("too-long-in-silence", requirement="too-long", cause="line_too_long", caught="echo-too-long",
      why="nothing is said of a line that is too long",
      edits=[("            asio::write(socket, asio::buffer(wire::error_line_too_long().text + '\\n'), error);\n", "")])
wrong("too-long-goes-on", requirement="too-long", cause="expected the end of the connection, but came nothing",
      caught="echo-too-long",
      why="behind a line that is too long it goes on",
      edits=[("            return net::close_gently(socket);\n", "            continue;\n")])
wrong("too-long-without-an-end", requirement="too-long", cause="line_too_long", caught="echo-too-long",
      why="the answer to a line that is too long has no end",
      edits=[("wire::error_line_too_long().text + '\\n'", "wire::error_line_too_long().text")])
wrong("ends-with-its-client", requirement="leavers", cause="a client that resets its connection",
      caught="echo-after-reset",
      why="a client that is gone ends the server",
      edits=[("        if (error) return;\n\n",
              "        if (error && error != asio::error::eof) std::_Exit(1);\n        if (error) return;\n\n")])
wrong("exception-when-it-leaves", requirement="leavers", cause="the next client is served when one has left",
      caught="echo-next-client",
      why="a client that leaves is an exception that nobody catches",
      edits=[("lines.commit(socket.read_some(net::buffer(lines.prepare()), error));",
              "lines.commit(socket.read_some(net::buffer(lines.prepare())));")])
