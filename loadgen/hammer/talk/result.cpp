#include <loadgen/hammer/talk/result.hpp>

#include <algorithm>

namespace station::hammer::talk {

void Tally::add(const Tally& more) {
    said += more.said;
    sent_again += more.sent_again;
    duplicates += more.duplicates;
    refused += more.refused;
    unanswered += more.unanswered;
    delivered += more.delivered;
    doubled += more.doubled;
    out_of_order += more.out_of_order;
    altered += more.altered;
    unexpected += more.unexpected;
    incomplete += more.incomplete;
    reconnects += more.reconnects;
    cut_by_server += more.cut_by_server;
    typing_heard += more.typing_heard;
    acknowledged.insert(acknowledged.end(), more.acknowledged.begin(), more.acknowledged.end());
    ack.merge(more.ack);
    seen.merge(more.seen);
    caught_up.merge(more.caught_up);
    note(more.first_error);
}

double Result::rate() const {
    return elapsed.count() == 0 ? 0 : 1e9 * static_cast<double>(acknowledged) / static_cast<double>(elapsed.count());
}

double Result::processor_rate() const {
    if (!cost || cost->processor.count() == 0) return 0;
    return 1e9 * static_cast<double>(acknowledged) / static_cast<double>(cost->processor.count());
}

std::uint64_t Result::bytes_a_connection() const {
    if (!cost || members == 0) return 0;
    return (cost->resident_full - std::min(cost->resident_alone, cost->resident_full)) / members;
}

bool Result::right() const {
    const std::uint64_t wrong = lost + conflicts + not_stored + stored_twice + seen.doubled + seen.out_of_order +
                                seen.altered + seen.unexpected + seen.refused + seen.unanswered;
    return failure.empty() && !ran_out_of_patience && wrong == 0 && acknowledged > 0;
}

}  // namespace station::hammer::talk
