// What one connection follows by several names and patterns at once: it says which topic comes in next, and where
// that begins. The topics that are there come in one after the other, those that are made later when they are; each
// that has come in is a subscription like any other. It keeps no list of topics: Topics numbers them as they become
// known, and one number says which it has looked at.
//
// A topic that several requests fit belongs to the latest of them. A pattern passes by a ledger's topics: what they
// hold is read by name, on purpose.
//
// Belongs to its connection's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <station/log/cursor.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "control.hpp"
#include "engine/topics.hpp"
#include "subscription.hpp"

namespace station::final_station {

class Following {
  public:
    // How a topic that came in is to be subscribed to, and answered.
    struct Terms {
        EventForm form = EventForm::frame;
        std::string ref;
    };
    struct Next {
        std::string name;  // to be found, or made; empty: `topic`
        std::optional<engine::Topic> topic;
        bool later = false;  // it was made since: what is subscribed to it already stays
        log::StartFrom from = log::StartFrom::now();
        std::shared_ptr<const Terms> terms;
    };

    // False: it has more patterns than a connection may follow. Takes over from earlier requests the patterns that
    // they have in common.
    bool add(const Control& control, EventForm form);
    // Whether one was followed.
    bool remove(std::string_view pattern);

    // nullopt: nothing is to come in now, or, where looks_on(), not before next() was asked again.
    std::optional<Next> next(const Topics& topics);
    bool looks_on() const { return looks_on_; }

    // The latest request's topics are still coming in.
    bool is_beginning() const { return !requests_.empty() && requests_.back().beginning; }
    bool has_patterns() const;
    std::size_t kept() const { return kept_; }  // bytes

  private:
    struct Request {
        std::deque<std::string> names;              // that have not come in yet
        std::set<std::string, std::less<>> passed;  // names that have: the patterns need not bring them in
        std::vector<std::string> patterns;
        std::optional<log::StartFrom> from;
        Offsets offsets;
        std::shared_ptr<const Terms> terms;
        bool beginning = true;
        std::optional<std::uint64_t> present;  // the latest arrival when the patterns began to look
        std::uint64_t seen = 0;                // arrival
    };

    std::optional<Next> next_of(std::size_t index, const Topics& topics);
    bool brings_in(std::size_t index, const engine::Topic& topic) const;
    log::StartFrom start_of(const Request& request, std::string_view name, bool later) const;
    void settle(Request& request);
    void count();

    std::vector<Request> requests_;
    std::size_t kept_ = 0;
    bool looks_on_ = false;
};

}  // namespace station::final_station
