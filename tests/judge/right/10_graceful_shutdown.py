right("closed-before-drained", edits=[
    ("""        server.drain();
        queue.close();
        if (!workers.wait_until(deadline)) {
""", """        queue.close();
        server.drain();
        if (const bool done = workers.wait_until(deadline); !done) {
"""),
])

right("switch-and-work-abandoned-first", edits=[
    ("""        if (pushed == flow::Push::ok) return wire::accepted();
        counters.dropped();
        return pushed == flow::Push::full ? wire::rejected_server_busy() : wire::rejected_shutting_down();
""", """        if (pushed != flow::Push::ok) counters.dropped();
        switch (pushed) {
            case flow::Push::ok: return wire::accepted();
            case flow::Push::full: return wire::rejected_server_busy();
            case flow::Push::closed: break;
        }
        return wire::rejected_shutting_down();
"""),
    ("""            queue.abandon();
            options.work.abandon();
        }
""", """            options.work.abandon();
            queue.abandon();
        }
"""),
])

right("joined-when-all-have-returned", edits=[
    ("""        if (!workers.wait_until(deadline)) {
            queue.abandon();
            options.work.abandon();
        }
        server.finish(deadline);
""", """        if (workers.wait_until(deadline)) {
            workers.join();
        } else {
            queue.abandon();
            options.work.abandon();
        }
        server.finish(deadline);
"""),
])
