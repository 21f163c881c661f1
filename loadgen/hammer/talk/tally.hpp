// What one thread of the chat's load has seen. Added up at the end.
#pragma once

#include <cstdint>
#include <loadgen/hammer/talk/room_log.hpp>
#include <station/metrics/histogram.hpp>
#include <string>
#include <vector>

namespace station::hammer::talk {

struct Acknowledged {
    std::uint32_t room = 0;
    Said said;
};

struct Tally {
    std::uint64_t said = 0;        // messages that were begun, each counted once however often it was sent
    std::uint64_t sent_again = 0;  // after their sender's connection was lost
    std::uint64_t duplicates = 0;  // of those: the answer was that it is there already
    std::uint64_t refused = 0;     // an error instead of an acknowledgement
    std::uint64_t unanswered = 0;  // at the end
    std::uint64_t delivered = 0;   // messages of this run, to all members together
    std::uint64_t doubled = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t altered = 0;     // the text is not what was said
    std::uint64_t unexpected = 0;  // an acknowledgement that nobody waited for, an error, what is no text of the chat
    std::uint64_t incomplete = 0;  // reconnects after which the server left out more than 1,000
    std::uint64_t reconnects = 0;  // connections that were cut on purpose
    std::uint64_t cut_by_server = 0;
    std::uint64_t typing_heard = 0;
    std::vector<Acknowledged> acknowledged;

    metrics::Histogram ack;        // from due, or sent, to acknowledged
    metrics::Histogram seen;       // to each member's eyes, live
    metrics::Histogram caught_up;  // of who came back: from "hello" to the last message that was missed

    std::string first_error;

    void note(const std::string& error) {
        if (first_error.empty()) first_error = error;
    }
    void add(const Tally& more);
};

}  // namespace station::hammer::talk
